package socketio_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"

	"github.com/madang-chat/madang/socketio"
)

// Auth is decoded into a type of yours.
func ExampleSocket_Auth() {
	name := socketio.NewKey[string]("name")

	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	ns.Use(func(ctx context.Context, s *socketio.Socket) error {
		var auth struct {
			Name string `json:"name"`
		}
		if err := s.Auth(&auth); err != nil || auth.Name == "" {
			return &socketio.Error{Message: "who are you?", Data: map[string]bool{"again": true}}
		}
		name.Set(s, auth.Name)
		return nil
	})
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		who, _ := name.Get(s)
		return s.Emit("hello", who)
	})

	url, done := listen(io)
	defer done()
	stranger := open(url, "/", nil)
	defer stranger.close()
	fmt.Println(stranger.refused)
	kim := open(url, "/", map[string]string{"name": "kim"})
	defer kim.close()
	fmt.Println(kim.next())
	// Output:
	// {"message":"who are you?","data":{"again":true}}
	// ["hello","kim"]
}

// What the HTTP request carries, such as a cookie, is read once and reaches every handler.
func ExampleOptions_connContext() {
	type userKey struct{}

	io := socketio.New(socketio.Options{
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			cookie, err := r.Cookie("user")
			if err != nil {
				return ctx
			}
			return context.WithValue(ctx, userKey{}, cookie.Value)
		},
	})
	socketio.OnCall(io.Of("/"), "whoami", func(ctx context.Context, s *socketio.Socket, _ socketio.None) (any, error) {
		return ctx.Value(userKey{}), nil
	})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil, "Cookie", "user=kim")
	defer p.close()
	fmt.Println(p.ask("whoami"))
	// Output: ["kim"]
}

// A namespace has its own middleware, handlers and clients.
func ExampleNamespace_Use() {
	io := socketio.New(socketio.Options{})
	admin := io.Of("/admin")
	admin.Use(func(ctx context.Context, s *socketio.Socket) error {
		if s.Handshake().Header().Get("X-Role") != "admin" {
			return &socketio.Error{Message: "admins only"}
		}
		return nil
	})

	url, done := listen(io)
	defer done()
	for _, role := range []string{"guest", "admin"} {
		p := open(url, "/admin", nil, "X-Role", role)
		defer p.close()
		fmt.Println(role, p.refused, admin.CountLocalSockets())
	}
	// Output:
	// guest {"message":"admins only"} 0
	// admin  1
}

// Around every event, as HTTP middleware is around every request.
func ExampleNamespace_Intercept() {
	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	ns.Intercept(func(next socketio.Next) socketio.Next {
		return func(ctx context.Context, s *socketio.Socket, in socketio.Incoming) (any, error) {
			if in.Name == "secret" {
				return nil, &socketio.Error{Code: "forbidden", Message: "not for you"}
			}
			return next(ctx, s, in)
		}
	})
	for _, name := range []string{"open", "secret"} {
		socketio.OnCall(ns, name, func(ctx context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
			return "the " + name + " door", nil
		})
	}

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	fmt.Println(p.ask("open"))
	fmt.Println(p.ask("secret"))
	// Output:
	// ["the open door"]
	// [{"error":{"code":"forbidden","message":"not for you"}}]
}

// Namespaces that come into being with their first client.
func ExampleServer_OfRegexp() {
	io := socketio.New(socketio.Options{})
	tenants := io.OfRegexp(regexp.MustCompile(`^/tenant-\d+$`))
	socketio.On(tenants, "shout", func(ctx context.Context, s *socketio.Socket, text string) error {
		return s.Namespace().Emit("shouted", s.Namespace().Name()+": "+text)
	})

	url, done := listen(io)
	defer done()
	seven := open(url, "/tenant-7", nil)
	defer seven.close()
	seven.emit("shout", "hello")
	fmt.Println(seven.next())
	nobody := open(url, "/tenant-x", nil)
	defer nobody.close()
	fmt.Println(nobody.refused)
	// Output:
	// ["shouted","/tenant-7: hello"]
	// {"message":"Invalid namespace"}
}

// Rooms is a struct of handlers that share their state.
type Rooms struct{ topic string }

func (r *Rooms) Events(on *socketio.Registrar) {
	socketio.On(on, "topic:set", r.set)
	socketio.OnCall(on, "topic", r.get)
}

func (r *Rooms) set(ctx context.Context, s *socketio.Socket, topic string) error {
	r.topic = topic // one client: a lock is needed with more, whose handlers run at the same time
	return nil
}

func (r *Rooms) get(ctx context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
	return r.topic, nil
}

func ExampleGateway() {
	io := socketio.New(socketio.Options{})
	io.Of("/").Mount(&Rooms{})

	url, done := listen(io)
	defer done()
	p := open(url, "/", nil)
	defer p.close()
	p.emit("topic:set", "tea")
	fmt.Println(p.ask("topic"))
	// Output: ["tea"]
}
