package socketio_test

import (
	"context"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A dim context is over without an error, or panics when it is asked for one.
type dim struct {
	context.Context
	panics bool
}

func (c dim) Err() error {
	if c.panics && c.Context.Err() != nil {
		panic("in Err")
	}
	return nil
}

// A context without a deadline, of the application's own kind, ends the wait for other servers and
// nothing else.
func TestWaitForServersEndsWithAnyContext(t *testing.T) {
	for _, panics := range []bool{false, true} {
		s := start(t, socketio.Options{Bus: deaf{}})
		ns := s.Of("/")
		for name, wait := range map[string]func(c context.Context) error{
			"fetch": func(c context.Context) error { _, err := ns.FetchSockets(c); return err },
			"count": func(c context.Context) error { _, err := ns.CountSockets(c); return err },
			"ask":   func(c context.Context) error { _, err := ns.ServerSideAsk(c, "x"); return err },
		} {
			c, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- wait(dim{c, panics}) }()
			eventually(t, "it waits", func() bool { return socketio.Requests(s.Server) == 1 })
			cancel()
			if err := receive(t, done); err == nil {
				t.Error(name, "no error")
			}
			if wait(dim{c, panics}) == nil {
				t.Error(name, "no error of a context that is over")
			}
		}
		s.client(t)
	}
}

// So does the wait for a client.
func TestWaitForAClientEndsWithAnyContext(t *testing.T) {
	for _, panics := range []bool{false, true} {
		s := start(t, socketio.Options{})
		w := s.client(t)
		so := only(t, s.Of("/"))
		for name, wait := range map[string]func(c context.Context) []error{
			"ask": func(c context.Context) []error { _, err := so.Ask(c, "q"); return []error{err} },
			"ask all": func(c context.Context) (errs []error) {
				for _, r := range s.Of("/").Ask(c, "q") {
					if errs = append(errs, r.Err); len(errs) > 1 {
						break
					}
				}
				return errs
			},
		} {
			c, cancel := context.WithCancel(t.Context())
			done := make(chan []error, 1)
			go func() { done <- wait(dim{c, panics}) }()
			w.expect("2…")
			cancel()
			if errs := receive(t, done); len(errs) != 1 || errs[0] == nil {
				t.Error(name, errs)
			}
			if n := socketio.Waiting(so); n != 0 {
				t.Error(name, n, "questions wait")
			}
		}
	}
}
