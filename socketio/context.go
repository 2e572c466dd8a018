package socketio

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

// Context ends with the socket. Its parent is from Options.ConnContext.
func (s *Socket) Context() context.Context { return (*socketContext)(s) }

// An origin is what all contexts of a connection have in common. Connections whose parent is the
// empty context share that of their server. It refers to no connection: who keeps a context doesn't
// keep that.
type origin struct {
	server *Server
	parent context.Context // of all contexts of the connection
}

func (s *Server) originOf(es *engineio.Socket) *origin {
	if parent := es.ConnContext(); parent != context.Background() {
		return &origin{s, parent}
	}
	return &s.origin
}

// expired reports whether the parent has ended, so that ContextEnded has been called or will be.
func (c *conn) expired() bool {
	parent := calm.Context(c.parent)
	return parent.Done() != nil && parent.Err() != nil
}

// A handling is the context of a function of the application: of one event's handler, or of one
// hook. It is made with each event, so package context has to make one of its own only when
// somebody asks whether it has ended, and it is small: with 16 bytes more for each event an echo
// costs some percent.
type handling struct {
	*origin
	made atomic.Pointer[child] // nil: not asked for
}

// A child is a context of package context.
type child struct {
	context.Context
	end   context.CancelCauseFunc
	stop  func() bool // stops waiting for Server.working
	cause error       // of a socket's end; guarded by its conn.mu, not changed behind the end
}

// returned is the child of a handling that has ended before somebody asked.
var returned = new(child)

// handling is the context of a hook. Whoever calls it calls end.
func (c *conn) handling() *handling { return &handling{origin: c.origin} }

func (h *handling) Deadline() (time.Time, bool) { return calm.Context(h.parent).Deadline() }

func (h *handling) Done() <-chan struct{} { return h.child().Done() }

func (h *handling) Err() error { return h.child().Err() }

func (h *handling) Value(key any) any {
	c := h.made.Load()
	if c != returned && h.server.working.Err() != nil {
		c = h.child() // package context may be asking for the cause
	}
	if c != nil && c != returned {
		return c.Value(key)
	}
	return h.parent.Value(key)
}

// String keeps package fmt from following the parent.
func (h *handling) String() string { return "context of a handler" }

func (h *handling) child() *child {
	made, working := h.made.Load(), h.server.working
	if made == nil || made == returned {
		var fresh *child
		if made == returned {
			fresh = endedChild(h.parent, nil)
		} else {
			fresh = newChild(h.parent)
			fresh.stop = context.AfterFunc(working, func() { fresh.end(context.Cause(working)) })
		}
		if !h.made.CompareAndSwap(made, fresh) {
			fresh.close()
			return h.child() // the handler has returned meanwhile, or somebody else asked
		}
		made = fresh
	}
	if working.Err() != nil {
		made.end(context.Cause(working)) // who asks behind Close mustn't wait for AfterFunc
	}
	return made
}

// end is called when the function has returned, panicked or ended its goroutine.
func (h *handling) end() {
	if !h.made.CompareAndSwap(nil, returned) {
		h.made.Load().close()
	}
}

func newChild(parent context.Context) *child {
	c := new(child)
	c.Context, c.end = context.WithCancelCause(calm.Context(parent))
	return c
}

// endedChild is a child that has ended without its parent, which isn't asked for more than values.
func endedChild(parent context.Context, cause error) *child {
	c := newChild(context.WithoutCancel(parent))
	c.end(cause)
	return c
}

func (c *child) close() {
	if c.stop != nil {
		c.stop()
	}
	c.end(nil)
}

// A socketContext is the socket as a context: it costs nothing until somebody waits for its end.
type socketContext Socket

func (c *socketContext) Deadline() (time.Time, bool) { return calm.Context(c.conn.parent).Deadline() }

func (c *socketContext) Done() <-chan struct{} { return c.child().Done() }

func (c *socketContext) Err() error { return c.child().Err() }

func (c *socketContext) Value(key any) any {
	c.conn.mu.Lock()
	made := (*Socket)(c).madeContext()
	c.conn.mu.Unlock()
	if made != nil {
		return made.Value(key)
	}
	return c.conn.parent.Value(key)
}

// String keeps package fmt from reading what is guarded.
func (c *socketContext) String() string { return "context of socket " + c.id }

func (c *socketContext) child() *child {
	s := (*Socket)(c)
	c.conn.mu.Lock()
	made, over := s.madeContext(), s.state() == ended
	c.conn.mu.Unlock()
	if made == nil {
		var fresh *child
		if over {
			fresh = endedChild(c.conn.parent, nil)
		} else {
			fresh = newChild(c.conn.parent) // asks the application's, so without the lock
		}
		c.conn.mu.Lock()
		if made = s.madeContext(); made == nil {
			made = fresh
			s.extend().context = made
		}
		over = s.state() == ended
		c.conn.mu.Unlock()
		if made != fresh {
			fresh.close()
		}
	}
	if over {
		made.end(made.cause)
	}
	return made
}

// madeContext needs conn.mu.
func (s *Socket) madeContext() *child {
	if s.extra == nil {
		return nil
	}
	return s.extra.context
}

// endContext returns what ends the socket's context, or nil. When its parent ends the socket it is
// the parent that stays. It needs conn.mu.
func (s *Socket) endContext(why Reason) *child {
	made := s.madeContext()
	switch {
	case why == ReasonShutdown && made != nil:
		made.cause = ErrShutdown
	case why == ReasonShutdown:
		s.extend().context = endedChild(s.conn.parent, ErrShutdown)
	case why == ReasonContextEnded && made == nil:
		s.extend().context = &child{Context: calm.Context(s.conn.parent), end: func(error) {}}
	}
	return made
}
