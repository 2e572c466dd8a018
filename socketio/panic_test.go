package socketio_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// An explosive can't be encoded.
type explosive struct{ X int }

func (explosive) MarshalJSON() ([]byte, error) { panic("boom") }

// Application code that panics outside of a handler harms nobody else.
func TestPanicsOutsideOfHandlers(t *testing.T) {
	panics := make(chan error, 16)
	s := start(t, socketio.Options{
		OnError: func(_ context.Context, _ *socketio.Socket, _ string, err error) {
			if _, ok := errors.AsType[*socketio.PanicError](err); ok {
				panics <- err
			}
		},
		EncodeError: func(_ context.Context, _ *socketio.Socket, err error) any {
			if e, ok := errors.AsType[*socketio.Error](err); ok {
				return e.Data
			}
			return "failed"
		},
	})
	ns := s.Of("/")
	echo(ns)
	socketio.OnCall(ns, "reply", func(ctx, socket, socketio.None) (explosive, error) { return explosive{}, nil })
	socketio.OnCall(ns, "pointer", func(ctx, socket, socketio.None) (any, error) { return map[string]any{"a": []any{explosive{}}}, nil })
	socketio.OnCall(ns, "error", func(ctx, socket, socketio.None) (int, error) {
		return 0, &socketio.Error{Message: "no", Data: explosive{}}
	})
	s.Of("/refused").Use(func(ctx, socket) error { return &socketio.Error{Message: "no", Data: explosive{}} })

	w := s.client(t)
	for _, tt := range []struct{ send, want string }{
		{`21["reply"]`, `31["failed"]`},
		{`22["pointer"]`, `32["failed"]`},
		{`23["error"]`, `33["failed"]`},
	} {
		w.send(tt.send)
		w.expect(tt.want)
		receive(t, panics)
	}
	w.send("0/refused,")
	w.expect(`4/refused,{"message":"no"}`)
	w.settled()
}

// When what EncodeError returns can't be encoded either, the client still gets an answer.
func TestLastAnswer(t *testing.T) {
	s := start(t, socketio.Options{EncodeError: func(context.Context, *socketio.Socket, error) any { return explosive{} }})
	ns := s.Of("/")
	echo(ns)
	socketio.On(ns, "fail", func(ctx, socket, socketio.None) error { return errors.New("no") })
	w := s.client(t)
	w.send(`21["fail"]`)
	w.expect(`31[{"error":{"code":"internal","message":"internal error"}}]`)
	w.settled()
}

func TestInterceptorsThatCannotBeBuilt(t *testing.T) {
	panics := make(chan error, 16)
	s := start(t, socketio.Options{OnError: func(_ context.Context, _ *socketio.Socket, _ string, err error) { panics <- err }})
	ns := s.Of("/")
	echo(ns)
	t.Run("nil", func(t *testing.T) {
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		ns.Intercept(nil)
	})
	connected := make(chan string, 1)
	ns.OnConnect(func(_ ctx, so socket) error { connected <- so.ID(); return nil })
	ns.Intercept(func(socketio.Next) socketio.Next { panic("boom") })
	w := s.client(t)
	receive(t, connected)
	w.send(`21["echo",1]`)
	w.expect(`31[{"error":{"code":"internal","message":"internal error"}}]`)
	if _, ok := errors.AsType[*socketio.PanicError](receive(t, panics)); !ok {
		t.Error("no panic was told")
	}
	s.Of("/other").Intercept(func(socketio.Next) socketio.Next { return nil })
	w.join("/other")
	w.send(`2/other,2["echo",1]`)
	w.expect(`3/other,2[{"error":{"code":"internal","message":"internal error"}}]`)
}

func TestServerAnswerThatCannotBeEncoded(t *testing.T) {
	var bus socketio.MemoryBus
	a, b := start(t, socketio.Options{Bus: bus.Node()}), start(t, socketio.Options{Bus: bus.Node()})
	b.Of("/").OnServerEvent("x", func(context.Context, socketio.Args) (any, error) { return explosive{}, nil })
	answers, err := a.Of("/").ServerSideAsk(t.Context(), "x")
	if len(answers) != 0 || err == nil {
		t.Error(answers, err)
	}
}

// Old clients have ids of the application's own making, which may be short.
func TestShortIDs(t *testing.T) {
	s := start(t, socketio.Options{AllowEIO3: true, GenerateID: func(*http.Request) (string, error) { return "short", nil }})
	w := s.dial(t, "EIO=3")
	w.expect("0")
	if err := s.Of("/").To("short").Emit("x"); err != nil {
		t.Fatal(err)
	}
	w.expect(`2["x"]`)
}
