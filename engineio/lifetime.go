package engineio

import (
	"context"
	"sync/atomic"
	"time"
)

// A lifetime is the context that Options.ConnContext gets. It ends when nothing works for the
// session any more, so that timers of contexts that the application made of it don't outlive the
// session. It costs nothing until there is one.
type lifetime struct {
	hidden atomic.Bool // seems never to end
	made   atomic.Pointer[ending]
}

// An ending is a context of package context.
type ending struct {
	context.Context
	cancel context.CancelFunc
}

func newEnding() *ending {
	e := new(ending)
	e.Context, e.cancel = context.WithCancel(context.Background())
	return e
}

func (l *lifetime) Deadline() (time.Time, bool) { return time.Time{}, false }

func (l *lifetime) Done() <-chan struct{} {
	if l.hidden.Load() {
		return nil
	}
	if l.made.Load() == nil {
		l.made.CompareAndSwap(nil, newEnding())
	}
	return l.made.Load().Done()
}

func (l *lifetime) Err() error {
	if e := l.made.Load(); e != nil {
		return e.Err()
	}
	return nil
}

// Value tells package context of the context that it has made.
func (l *lifetime) Value(key any) any {
	if e := l.made.Load(); e != nil {
		return e.Value(key)
	}
	return nil
}

func (l *lifetime) String() string { return "context of a session" }

func (l *lifetime) end() {
	if l.made.Load() == nil {
		l.made.CompareAndSwap(nil, newEnding())
	}
	l.made.Load().cancel()
}

// A requestContext has the values of a request's context and ends with the session.
type requestContext struct {
	*lifetime
	values context.Context
}

func (c requestContext) Value(key any) any {
	if v := c.lifetime.Value(key); v != nil {
		return v
	}
	return c.values.Value(key)
}
