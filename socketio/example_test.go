package socketio_test

import (
	"context"
	"log"
	"net/http"
	"regexp"
	"time"

	"github.com/madang-chat/madang/socketio"
)

type line struct {
	Room string `json:"room"`
	Text string `json:"text"`
}

var (
	hello  = socketio.NewEvent[string]("hello")
	send   = socketio.NewCall[line, int]("send")
	posted = socketio.NewEvent[line]("posted")
	user   = socketio.NewKey[string]("user")
)

// A chat: greet one client, tell everybody, tell a room.
func Example() {
	io := socketio.New(socketio.Options{})
	ns := io.Of("/")
	ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		return hello.Emit(s, "welcome")
	})
	hello.Handle(ns, func(_ context.Context, s *socketio.Socket, text string) error {
		return hello.Emit(ns, text)
	})
	send.Handle(ns, func(_ context.Context, s *socketio.Socket, l line) (int, error) {
		if err := s.Join(l.Room); err != nil {
			return 0, err
		}
		return 1, posted.Emit(s.To(l.Room), l)
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":3000", mux))
}

func ExampleNamespace_Use() {
	io := socketio.New(socketio.Options{})
	io.Of("/").Use(func(_ context.Context, s *socketio.Socket) error {
		var auth struct {
			Name string `json:"name"`
		}
		if err := s.Auth(&auth); err != nil || auth.Name == "" {
			return &socketio.Error{Message: "who are you?"}
		}
		user.Set(s, auth.Name)
		return nil
	})
}

// The server asks, the client answers.
func ExampleCall_Ask() {
	io := socketio.New(socketio.Options{})
	confirm := socketio.NewCall[string, bool]("confirm")
	socketio.On(io.Of("/"), "delete", func(ctx context.Context, s *socketio.Socket, what string) error {
		ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		sure, err := confirm.Ask(ctx, s, what)
		if err != nil || !sure {
			return err
		}
		return s.Broadcast().Emit("deleted", what)
	})
}

// Namespaces that come into being with their first client.
func ExampleServer_OfRegexp() {
	io := socketio.New(socketio.Options{CleanupEmptyChildNamespaces: true})
	tenants := io.OfRegexp(regexp.MustCompile(`^/tenant-\d+$`))
	socketio.On(tenants, "shout", func(_ context.Context, s *socketio.Socket, text string) error {
		return s.Namespace().Emit("shouted", text)
	})
}
