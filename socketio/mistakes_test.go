package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A mistake panics where it was written.
func TestMistakesPanic(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	options := func(o socketio.Options) func() { return func() { socketio.New(o).Close() } }
	for want, f := range map[string]func(){
		`"/a,b" can't be the name of a namespace: a comma`:                   func() { s.Of("/a,b") },
		`"/c,d" can't be the name of a namespace: a comma`:                   func() { s.Of("c,d") },
		`"/a?b" can't be the name of a namespace: clients take`:              func() { s.Of("/a?b") },
		`"/a\nb" can't be the name of a namespace: it has control`:           func() { s.Of("/a\nb") },
		`"/\xff" can't be the name of a namespace: it is no UTF-8`:           func() { s.Of("/\xff") },
		`it is longer than 1024 bytes`:                                       func() { s.Of(strings.Repeat("n", 1024)) },
		`OfRegexp of nil`:                                                    func() { s.OfRegexp(nil) },
		`OfFunc of nil`:                                                      func() { s.OfFunc(nil) },
		`"" can't be the name of an event`:                                   func() { socketio.NewEvent[int]("") },
		`"\xff" can't be the name of an event`:                               func() { socketio.OnCall(ns, "\xff", func(ctx, socket, int) (int, error) { return 0, nil }) },
		`"" can't be the name of a server event`:                             func() { ns.OnServerEvent("", func(context.Context, socketio.Args) (any, error) { return nil, nil }) },
		`"connect" is a reserved event name`:                                 func() { socketio.NewCall[int, int]("connect") },
		`ShutdownEvent is "disconnect": socketio: reserved event name`:       options(socketio.Options{ShutdownEvent: "disconnect"}),
		`ShutdownEvent is "\xff"`:                                            options(socketio.Options{ShutdownEvent: "\xff"}),
		`Path is "/a?b"`:                                                     options(socketio.Options{Path: "/a?b"}),
		`Path is "/a b"`:                                                     options(socketio.Options{Path: "/a b"}),
		`Transports is empty`:                                                options(socketio.Options{Transports: []string{}}),
		`unknown transport "webtransport"`:                                   options(socketio.Options{Transports: []string{"webtransport"}}),
		`PingInterval is 100µs`:                                              options(socketio.Options{PingInterval: 100 * time.Microsecond}),
		`PingTimeout is 25ns`:                                                options(socketio.Options{PingTimeout: 25}),
		`PingInterval and PingTimeout are together`:                          options(socketio.Options{PingInterval: math.MaxInt64}),
		`PingInterval and PingTimeout are together more than 596h31m23.647s`: options(socketio.Options{PingInterval: 300 * time.Hour, PingTimeout: 300 * time.Hour}),
		`a Middleware is nil`:                                                options(socketio.Options{Middleware: []func(http.Handler) http.Handler{nil}}),
	} {
		func() {
			defer func() {
				if p := recover(); p == nil || !strings.Contains(fmt.Sprint(p), want) {
					t.Errorf("panic with %v; want %s", p, want)
				}
			}()
			f()
		}()
	}
	for _, name := range []string{"", "chat", "/채팅", "/a b", "/a/b", "/" + strings.Repeat("n", 1023)} {
		s.Of(name)
	}
	options(socketio.Options{Path: "chat", Transports: []string{"polling"}, PingInterval: time.Millisecond, PingTimeout: -1, ShutdownEvent: "x"})()
}

// What shows only when it is emitted is an error there.
func TestMistakesOfEmit(t *testing.T) {
	parts := func(n int) []any {
		list := make([]any, n)
		for i := range list {
			list[i] = []byte{byte(i)}
		}
		return list
	}
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	many := socketio.NewEvent[[][]byte]("many")
	errs := make(chan error, 10)
	o := socketio.Options{OnError: func(_ context.Context, _ socket, _ string, err error) { errs <- err }}
	acking := start(t, o)
	socketio.OnCall(acking.Of("/"), "get", func(_ ctx, _ socket, n int) ([]any, error) { return parts(n), nil })
	w := acking.client(t)

	for _, c := range []struct {
		what string
		err  error
		want error
	}{
		{"ten parts", ns.Emit("x", parts(10)...), nil},
		{"eleven parts", ns.Emit("x", parts(11)...), socketio.ErrTooManyAttachments},
		{"eleven in a list", many.Emit(ns.To("r"), make([][]byte, 11)), nil}, // nil ones are null
		{"eleven in a list", many.Emit(ns.To("r"), [][]byte{{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}}), socketio.ErrTooManyAttachments},
		{"no name", ns.Emit(""), socketio.ErrEventName},
		{"no UTF-8", ns.To("r").Emit("\xff"), socketio.ErrEventName},
		{"reserved", ns.Volatile().Emit("connect_error"), socketio.ErrReserved},
		{"a descriptor that NewEvent didn't make", socketio.Event[int]{}.Emit(ns, 1), socketio.ErrEventName},
		{"server event", ns.ServerSideEmit(""), socketio.ErrEventName},
		{"server event that is no UTF-8", ns.ServerSideEmit("\xff"), socketio.ErrEventName},
		{"more is allowed", start(t, socketio.Options{MaxAttachments: 20}).Of("/").Emit("x", parts(20)...), nil},
		{"but not any number", start(t, socketio.Options{MaxAttachments: 20}).Of("/").Emit("x", parts(21)...), socketio.ErrTooManyAttachments},
		{"no limit", start(t, socketio.Options{MaxAttachments: -1}).Of("/").Emit("x", parts(100)...), nil},
		{"a lower limit is the clients' alone", start(t, socketio.Options{MaxAttachments: 1}).Of("/").Emit("x", parts(10)...), nil},
		{"msgpack has none", start(t, socketio.Options{Parser: socketio.ParserMsgpack}).Of("/").Emit("x", parts(2000)...), nil},
	} {
		if !errors.Is(c.err, c.want) || c.want == nil && c.err != nil {
			t.Errorf("%s: %v; want %v", c.what, c.err, c.want)
		}
	}
	for _, r := range ns.Ask(t.Context(), "q", parts(11)...) {
		if !errors.Is(r.Err, socketio.ErrTooManyAttachments) {
			t.Error(r.Err)
		}
	}
	w.send(`21["get",11]`)
	w.expect(`31[{"error":{"code":"internal","message":"internal error"}}]`)
	if err := receive(t, errs); !errors.Is(err, socketio.ErrTooManyAttachments) {
		t.Error(err)
	}
	w.send(`22["get",10]`)
	w.expect(`610-2[…`)
}
