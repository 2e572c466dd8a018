package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// A rogue is an error of which some methods panic, with itself, so that printing the panic panics
// too.
type rogue struct {
	text, unwrap, is, as bool
}

func (e rogue) Error() string {
	if e.text {
		panic(e)
	}
	return "rogue"
}

func (e rogue) Unwrap() error {
	if e.unwrap {
		panic(e)
	}
	return nil
}

func (e rogue) Is(error) bool {
	if e.is {
		panic(e)
	}
	return false
}

func (e rogue) As(any) bool {
	if e.as {
		panic(e)
	}
	return false
}

// A snake wraps itself, a hydra does so twice.
type (
	snake struct{}
	hydra struct{}
)

func (snake) Error() string     { return "snake" }
func (s snake) Unwrap() error   { return s }
func (hydra) Error() string     { return "hydra" }
func (h hydra) Unwrap() []error { return []error{h, h} }

// A list is an error that can't be compared.
type list []string

func (l list) Error() string { return strings.Join(l, ", ") }

const internal = `{"error":{"code":"internal","message":"internal error"}}`

// failures are what an application may return as an error.
var failures = []struct {
	name   string
	err    error
	ack    string // "" when there is no error
	panics bool   // a method of it does
}{
	{"nil Error", (*socketio.Error)(nil), "", false},
	{"nil PanicError", (*socketio.PanicError)(nil), "", false},
	{"nil ConnectionError", (*engineio.ConnectionError)(nil), "", false},
	{"wrapped nil Error", fmt.Errorf("x: %w", (*socketio.Error)(nil)), internal, false},
	{"joined nil Error", errors.Join((*socketio.Error)(nil)), internal, false},
	{"joined nil Error and another", errors.Join((*socketio.Error)(nil), &socketio.Error{Code: "c", Message: "m", Err: errors.New("x")}), `{"error":{"code":"c","message":"m"}}`, false},
	{"joined nil PanicError", errors.Join((*socketio.PanicError)(nil)), internal, false},
	{"nil Refusal", (*engineio.Refusal)(nil), "", false},
	{"joined nil Refusal", errors.Join((*engineio.Refusal)(nil)), internal, false},
	{"joined nil ConnectionError", errors.Join((*engineio.ConnectionError)(nil)), internal, false},
	{"nil cause", &socketio.Error{Code: "c", Message: "m", Err: (*socketio.Error)(nil)}, `{"error":{"code":"c","message":"m"}}`, false},
	{"uncomparable", list{"a", "b"}, internal, false},
	{"uncomparable cause", &socketio.Error{Code: "c", Message: "m", Err: list{"a"}}, `{"error":{"code":"c","message":"m"}}`, false},
	{"Error panics", rogue{text: true}, internal, true},
	{"Unwrap panics", rogue{unwrap: true}, internal, true},
	{"Is panics", rogue{is: true}, internal, true},
	{"As panics", rogue{as: true}, internal, true},
	{"all panic", rogue{true, true, true, true}, internal, true},
	{"nil pointer", (*rogue)(nil), internal, true},
	{"wraps itself", snake{}, internal, true},
	{"joins itself", hydra{}, internal, true},
	{"joined", errors.Join(errors.New("x"), rogue{as: true}), internal, true},
	{"cause", &socketio.Error{Code: "c", Message: "m", Err: rogue{text: true}}, `{"error":{"code":"c","message":"m"}}`, true},
	{"panic of a rogue", &socketio.PanicError{Value: rogue{text: true}}, internal, false},
}

// A reporter collects what OnError and the log are told.
type reporter struct {
	errors chan error
}

func newReporter() reporter { return reporter{make(chan error, 64)} }

func (r reporter) onError(_ context.Context, _ *socketio.Socket, _ string, err error) {
	_ = err.Error()
	r.errors <- err
}

func (r reporter) Enabled(context.Context, slog.Level) bool { return true }
func (r reporter) WithAttrs([]slog.Attr) slog.Handler       { return r }
func (r reporter) WithGroup(string) slog.Handler            { return r }

func (r reporter) Handle(_ context.Context, rec slog.Record) error {
	if rec.Level >= slog.LevelError {
		rec.Attrs(func(a slog.Attr) bool {
			if err, ok := a.Value.Any().(error); ok {
				_ = err.Error()
				r.errors <- err
			}
			return true
		})
	}
	return nil
}

// heard waits for a report.
func (r reporter) heard(t *testing.T, panicked bool) {
	t.Helper()
	err := receive(t, r.errors)
	if _, ok := errors.AsType[*socketio.PanicError](err); panicked && !ok {
		t.Errorf("%T was told, no panic", err)
	}
}

func (r reporter) quiet(t *testing.T) {
	t.Helper()
	select {
	case err := <-r.errors:
		t.Errorf("%T was told", err)
	default:
	}
}

// Whatever an application returns as an error reaches the client as an answer, and the server goes
// on.
func TestAnyErrorOfAHandler(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			for _, door := range []string{"on", "call", "interceptor", "passed"} {
				t.Run(door, func(t *testing.T) {
					told := newReporter()
					s := start(t, socketio.Options{OnError: told.onError, Logger: slog.New(told)})
					ns := s.Of("/")
					echo(ns)
					socketio.On(ns, "on", func(ctx, socket, socketio.None) error { return f.err })
					socketio.OnCall(ns, "call", func(ctx, socket, socketio.None) (int, error) { return 1, f.err })
					socketio.OnCall(ns, "passed", func(ctx, socket, socketio.None) (int, error) { return 1, f.err })
					socketio.OnCall(ns, "interceptor", func(ctx, socket, socketio.None) (int, error) { return 1, nil })
					if door == "interceptor" || door == "passed" {
						ns.Intercept(func(next socketio.Next) socketio.Next {
							return func(c ctx, so socket, in socketio.Incoming) (any, error) {
								reply, err := next(c, so, in)
								if err != nil && f.ack == "" {
									t.Error("an interceptor got a nil pointer for an error")
								}
								return reply, err
							}
						})
						ns.Intercept(func(next socketio.Next) socketio.Next {
							return func(c ctx, so socket, in socketio.Incoming) (any, error) {
								reply, err := next(c, so, in)
								if err != nil && f.ack == "" {
									t.Error("an interceptor got a nil pointer for an error")
								}
								if in.Name == "interceptor" {
									err = f.err
								}
								return reply, err
							}
						})
					}
					w := s.client(t)
					want := map[string]string{"on": `31[]`}[door]
					if want == "" {
						want = `31[1]`
					}
					if f.ack != "" {
						want = `31[` + f.ack + `]`
					}
					w.send(`21["`+door+`"]`, `2["`+door+`"]`)
					w.expect(want)
					if f.ack != "" {
						told.heard(t, f.panics)
						told.heard(t, f.panics)
					}
					w.settled()
					told.quiet(t)
				})
			}
		})
	}
}

func TestAnyErrorOfMiddleware(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			told := newReporter()
			s := start(t, socketio.Options{OnError: told.onError, Logger: slog.New(told)})
			echo(s.Of("/"))
			x, y := s.Of("/x"), s.Of("/y")
			echo(x)
			echo(y)
			x.Use(func(ctx, socket) error { return f.err })
			y.OnConnect(func(ctx, socket) error { return f.err })
			w := s.client(t)
			switch {
			case f.ack == "":
				w.join("/x")
				w.send(`2/x,1["echo",1]`)
				w.expect(`3/x,1[1]`)
				w.join("/y")
				w.send(`2/y,1["echo",1]`)
				w.expect(`3/y,1[1]`)
			case strings.Contains(f.ack, "internal"):
				w.send("0/x,")
				w.expect(`4/x,{"message":"internal error"}`)
				told.heard(t, f.panics)
				w.join("/y")
				w.expect("1/y,")
				told.heard(t, f.panics)
			default:
				w.send("0/x,")
				w.expect(`4/x,{"message":"m"}`)
				told.heard(t, f.panics)
				w.join("/y")
				w.expect("1/y,")
				told.heard(t, f.panics)
			}
			w.settled()
			told.quiet(t)
		})
	}
}

func TestAnyErrorOfAServerEvent(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			var bus socketio.MemoryBus
			told := newReporter()
			a := start(t, socketio.Options{Bus: bus.Node()})
			b := start(t, socketio.Options{Bus: bus.Node(), Logger: slog.New(told)})
			b.Of("/").OnServerEvent("x", func(context.Context, socketio.Args) (any, error) { return 1, f.err })
			for range 2 {
				answers, err := a.Of("/").ServerSideAsk(t.Context(), "x")
				switch {
				case f.ack == "":
					if err != nil || len(answers) != 1 || answers[0].String() != "[1]" {
						t.Error(answers, err)
					}
				case err == nil || len(answers) > 0:
					t.Error(answers, err)
				default:
					told.heard(t, f.panics)
				}
			}
			told.quiet(t)
		})
	}
}

// A refusal of AllowRequest is one of a request only when there is an error.
func TestAnyErrorOfAllowRequest(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			refused := make(chan error, 8)
			s := start(t, socketio.Options{
				AllowRequest:      func(*http.Request) error { return f.err },
				OnConnectionError: func(e *engineio.ConnectionError) { refused <- errors.New(e.Error()) },
			})
			echo(s.Of("/"))
			if f.ack == "" {
				s.client(t).settled()
				return
			}
			for range 2 {
				resp, err := http.Get(s.url + "/socket.io/?EIO=4&transport=polling")
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				if resp.StatusCode != http.StatusForbidden {
					t.Error(resp.Status)
				}
				receive(t, refused)
			}
			if n := socketio.Pending(s.Server); n != 0 {
				t.Errorf("%d handshakes are pending", n)
			}
		})
	}
}

func TestTextOfNoError(t *testing.T) {
	for _, err := range []error{(*socketio.Error)(nil), (*socketio.PanicError)(nil), (*engineio.ConnectionError)(nil), (*engineio.Refusal)(nil)} {
		if err.Error() != "<nil>" || errors.Unwrap(err) != nil {
			t.Errorf("%q, %v", err.Error(), errors.Unwrap(err))
		}
	}
}

// What a handler panicked with may be anything.
func TestTextOfAPanic(t *testing.T) {
	inItself := map[string]any{}
	inItself["x"] = inItself
	for _, tt := range []struct {
		value any
		want  string
	}{
		{"boom", "panic: boom"},
		{7, "panic: 7"},
		{errors.New("boom"), "panic: boom"},
		{rogue{text: true}, "panic: socketio_test.rogue"},
		{inItself, "panic: map[string]interface {}"},
		{[]any{1}, "panic: []interface {}"},
	} {
		if got := (&socketio.PanicError{Value: tt.value}).Error(); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%q, want %q", got, tt.want)
		}
	}
}
