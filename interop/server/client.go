package main

import (
	"context"
	"net/http"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// handshakeDelay is the least time that a handshake takes: some tests of the client look at what it
// does meanwhile.
const handshakeDelay = 10 * time.Millisecond

var received = socketio.NewKey[bool]("an earlier part arrived")

// client is for the official JavaScript client's own tests.
func client() (http.Handler, func() error) {
	o := options(2000, 20000, 1)
	o.CORS = &socketio.CORS{}
	o.Recovery = recovery(120_000)
	o.Middleware = []func(http.Handler) http.Handler{slowHandshake}
	io := socketio.New(o)

	main := io.Of("/")
	main.Use(func(_ context.Context, s *socketio.Socket) error {
		if s.Handshake().Query().Has("fail") {
			return &socketio.Error{Message: "Auth failed (main namespace)"}
		}
		return nil
	})
	io.Of("/no").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.Error{Message: "Auth failed (custom namespace)"}
	})
	for _, name := range []string{"/timeout_socket", "/valid", "/asd"} {
		io.Of(name)
	}
	socketio.OnCall(io.Of("/foo"), "getId", id)
	io.Of("/abc").OnConnect(func(_ context.Context, s *socketio.Socket) error {
		h, err := handshakeOf(s)
		if err != nil {
			return err
		}
		return s.Emit("handshake", h)
	})
	socketio.OnCall(main, "getId", id)
	socketio.OnCall(main, "getHandshake", func(_ context.Context, s *socketio.Socket, _ socketio.None) (handshake, error) {
		return handshakeOf(s)
	})
	texts(main)
	binaries(main)
	return io, io.Close
}

func slowHandshake(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !r.URL.Query().Has("sid") {
			time.Sleep(handshakeDelay)
		}
		next.ServeHTTP(w, r)
	})
}

type handshake struct {
	Query map[string]string `json:"query"`
	Auth  map[string]any    `json:"auth"`
}

func handshakeOf(s *socketio.Socket) (handshake, error) {
	h := handshake{Query: queryOf(s), Auth: map[string]any{}}
	return h, s.Auth(&h.Auth)
}

func queryOf(s *socketio.Socket) map[string]string {
	query := map[string]string{}
	for name, values := range s.Handshake().Query() {
		query[name] = values[len(values)-1]
	}
	return query
}

func id(_ context.Context, s *socketio.Socket, _ socketio.None) (string, error) { return s.ID(), nil }

// texts are the events without binary.
func texts(ns *socketio.Namespace) {
	say := func(event string, emits ...func(s *socketio.Socket) error) {
		socketio.On(ns, event, func(_ context.Context, s *socketio.Socket, _ socketio.None) error {
			for _, emit := range emits {
				if err := emit(s); err != nil {
					return err
				}
			}
			return nil
		})
	}
	with := func(event string, args ...any) func(*socketio.Socket) error {
		return func(s *socketio.Socket) error { return s.Emit(event, args...) }
	}
	say("hi", with("hi"))
	say("false", with("false", false))
	say("getDate", func(s *socketio.Socket) error { return s.Emit("takeDate", time.Now()) })
	say("getDateObj", func(s *socketio.Socket) error {
		return s.Emit("takeDateObj", map[string]any{"date": time.Now()})
	})
	say("getUtf8", with("takeUtf8", "てすと"), with("takeUtf8", "Я Б Г Д Ж Й"), with("takeUtf8", "Ä ä Ü ü ß"),
		with("takeUtf8", "utf8 — string"), with("takeUtf8", "utf8 — string"))

	socketio.OnCall(ns, "echo", func(_ context.Context, _ *socketio.Socket, v any) (any, error) { return v, nil })
	socketio.OnCall(ns, "getAckDate", func(context.Context, *socketio.Socket, any) (time.Time, error) { return time.Now(), nil })

	type reply struct {
		socketio.Tuple
		Number int
		Object struct {
			Test bool `json:"test"`
		}
	}
	question := socketio.NewCall[socketio.None, reply]("ack")
	// Concurrent, because a test sends it again without having answered.
	socketio.NewEvent[socketio.None]("ack").Concurrent().Handle(ns, func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
		r, err := question.Ask(ctx, s, socketio.None{})
		if err != nil || r.Number != 5 || !r.Object.Test {
			return err
		}
		return s.Emit("got it")
	})
}

// binaries are the events that carry or bring bytes.
func binaries(ns *socketio.Namespace) {
	bytes := []byte("asdfasdf")
	send := func(event, name string) {
		socketio.On(ns, event, func(_ context.Context, s *socketio.Socket, _ socketio.None) error {
			return s.Emit(name, bytes)
		})
	}
	send("doge", "doge")
	send("getbin", "takebin")

	// answer emits when a non-empty binary argument came.
	answer := func(event, name string) {
		socketio.On(ns, event, func(_ context.Context, s *socketio.Socket, b []byte) error {
			if b == nil {
				return nil
			}
			return s.Emit(name)
		})
	}
	answer("buffa", "buffack")
	answer("blob", "back")

	// first and last of a series of binary events, the last one answered.
	series := func(name string, events ...string) {
		for i, event := range events {
			socketio.On(ns, event, func(_ context.Context, s *socketio.Socket, _ any) error {
				before, _ := received.Get(s)
				received.Set(s, i < len(events)-1)
				if i < len(events)-1 || !before {
					return nil
				}
				return s.Emit(name)
			})
		}
	}
	series("abuff2-ack", "abuff1", "abuff2")
	series("blob3-ack", "blob1", "blob2", "blob3")

	type mixed struct {
		Hello   string `json:"hello"`
		Message []byte `json:"message"`
		Goodbye string `json:"goodbye"`
	}
	for event, name := range map[string]string{"jsonbuff": "jsonbuff-ack", "jsonblob": "jsonblob-ack"} {
		socketio.On(ns, event, func(_ context.Context, s *socketio.Socket, m mixed) error {
			if m.Hello != "lol" || m.Message == nil || m.Goodbye != "gotcha" {
				return nil
			}
			return s.Emit(name)
		})
	}
}
