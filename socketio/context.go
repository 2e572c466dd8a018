package socketio

import (
	"context"
	"slices"
	"time"
)

// Context ends when the socket does. It carries the values of Options.ConnContext, and handlers get it.
func (s *Socket) Context() context.Context { return (*socketContext)(s) }

// A socketContext is the socket as a context: it costs nothing until somebody waits for its end.
type socketContext Socket

type afterFunc struct{ f func() }

func (c *socketContext) Deadline() (time.Time, bool) { return time.Time{}, false }

// String keeps package fmt from reading what is guarded.
func (c *socketContext) String() string { return "context of socket " + c.id }

func (c *socketContext) Value(key any) any { return c.conn.es.ConnContext().Value(key) }

func (c *socketContext) Err() error {
	if (*Socket)(c).state() == ended {
		return context.Canceled
	}
	return nil // the engine's doesn't end
}

func (c *socketContext) Done() <-chan struct{} {
	s := (*Socket)(c)
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	x := s.extend()
	if x.done == nil {
		x.done = make(chan struct{})
		if c.Err() != nil {
			close(x.done)
		}
	}
	return x.done
}

// AfterFunc spares contexts that are derived from this one a goroutine each: package context looks for it.
func (c *socketContext) AfterFunc(f func()) (stop func() bool) {
	s := (*Socket)(c)
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	if c.Err() != nil {
		go f()
		return func() bool { return false }
	}
	x, a := s.extend(), &afterFunc{f}
	x.after = append(x.after, a)
	return func() bool {
		c.conn.mu.Lock()
		defer c.conn.mu.Unlock()
		i := slices.Index(x.after, a)
		if i < 0 {
			return false
		}
		x.after = slices.Delete(x.after, i, i+1)
		return true
	}
}

// cancel ends the context. It needs conn.mu.
func (x *extra) cancel() {
	if x.done != nil {
		select {
		case <-x.done:
		default:
			close(x.done)
		}
	}
	for _, a := range x.after {
		go a.f()
	}
	x.after = nil
}
