package socketio_test

import (
	"context"
	"regexp"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// The form of errors is a namespace's own, that of its parent, or that of the options.
func TestErrorFormOfANamespace(t *testing.T) {
	form := func(name string) func(context.Context, socket, error) any {
		return func(_ ctx, so socket, err error) any { return []string{name, so.Namespace().Name(), err.Error()} }
	}
	s := start(t, socketio.Options{EncodeError: form("options"), EventsPerSecond: 1000})
	fail := func(r *socketio.Registrar) {
		socketio.On(r, "fail", func(ctx, socket, int) error { return &socketio.Error{Message: "no"} })
		socketio.OnCall(r, "unsayable", func(ctx, socket, socketio.None) (any, error) { return func() {}, nil })
	}
	parent := s.OfRegexp(regexp.MustCompile("^/of-a-parent"))
	parent.EncodeError(form("parent"))
	fail(&parent.Registrar)
	for _, name := range []string{"/", "/own", "/bad", "/of-a-parent-with-its-own"} {
		if name != "/of-a-parent-with-its-own" {
			fail(&s.Of(name).Registrar)
		}
	}
	s.Of("/own").EncodeError(form("own"))
	s.Of("/of-a-parent-with-its-own").EncodeError(form("child"))
	s.Of("/bad").EncodeError(func(ctx, socket, error) any { panic("not today") })
	for name, want := range map[string]string{
		"/": "options", "/own": "own", "/of-a-parent": "parent", "/of-a-parent-with-its-own": "child",
	} {
		w := s.dial(t)
		w.join(name)
		nsp := ""
		if name != "/" {
			nsp = name + ","
		}
		w.send("2" + nsp + `1["fail"]`)
		w.expect("3" + nsp + `1[["` + want + `","` + name + `","no"]]`)
		w.send("2" + nsp + `2["fail","x"]`)
		w.expect("3" + nsp + `2[["` + want + `","` + name + `","bad_payload: argument 1: want a whole number, got a string: …`)
	}
	w := s.dial(t)
	w.join("/own")
	w.send(`2/own,1["unsayable"]`)
	w.expect(`3/own,1[["own",…`)
	w.join("/bad")
	w.send(`2/bad,1["fail"]`)
	w.expect(`3/bad,1[{"error":{"code":"","message":"no"}}]`)
	for what, f := range map[string]func(){
		"nil":    func() { s.Of("/").EncodeError(nil) },
		"second": func() { s.Of("/own").EncodeError(form("x")) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", what)
				}
			}()
			f()
		}()
	}
}
