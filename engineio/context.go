package engineio

import (
	"context"
	"net/http"

	"github.com/madang-chat/madang/internal/calm"
)

// A ContextReceiver is a Receiver that is told when the application has ended what
// Options.ConnContext returned, while it can still send: the session is closed behind this call. It
// comes from any goroutine, beside those of Receiver. It calls Socket.Finish when it is done with
// the session, at the earliest in Closed.
type ContextReceiver interface {
	Receiver
	ContextEnded(cause error)
}

// A connContext is what Options.ConnContext returned.
type connContext struct {
	context.Context
	life  *lifetime   // nil when the application never ends the context
	stop  func() bool // stops waiting for the end; guarded by Socket.mu
	cause error       // why the session ends; guarded by Socket.mu
}

// connContext asks the application for the parent of a session's contexts.
func (s *Server) connContext(r *http.Request) (*connContext, *ConnectionError) {
	if s.opts.ConnContext == nil {
		return nil, nil
	}
	life := new(lifetime)
	// net/http ends the context of a request with the request, but the session goes on.
	r = r.WithContext(requestContext{life, context.WithoutCancel(r.Context())})
	ctx := s.opts.ConnContext(life, r)
	if ctx == nil {
		panic("engineio: ConnContext returned no context")
	}
	life.hidden.Store(true)
	if ctx.Done() == nil {
		return &connContext{Context: context.WithoutCancel(ctx)}, nil
	}
	life.hidden.Store(false)
	if ctx.Err() != nil {
		defer life.end()
		cause := context.Cause(ctx)
		e := refusal(Forbidden, "").because(cause) // whose text is for the application alone
		if refusalIn(cause) != nil {
			e = s.forbidden(cause)
		}
		e.Name = "CONTEXT_ENDED"
		return nil, e
	}
	return &connContext{Context: ctx, life: life}, nil
}

// Finish says that nothing works for the session any more: the context that Options.ConnContext got
// ends, and with it all that was made of it. It is for a ContextReceiver; for others that is so
// when Closed has returned.
func (s *Socket) Finish() {
	if s.ctx != nil && s.ctx.life != nil {
		s.ctx.life.end()
	}
}

// ConnContext is what Options.ConnContext returned, or an empty context.
func (s *Socket) ConnContext() context.Context {
	if s.ctx == nil {
		return context.Background()
	}
	return s.ctx.Context
}

// follow closes the session when its context ends. A context that never ends costs nothing.
func (s *Socket) follow() {
	c := s.ctx
	if c == nil || c.life == nil {
		return
	}
	stop := context.AfterFunc(calm.Context(c.Context), s.contextEnded)
	s.mu.Lock()
	over := s.state.Load() == stateClosed
	if !over {
		c.stop = stop
	}
	s.mu.Unlock()
	if over {
		stop()
	}
}

func (s *Socket) contextEnded() {
	cause := context.Cause(calm.Context(s.ctx.Context))
	if r, ok := s.receiver.(ContextReceiver); ok {
		s.server.protect("ContextReceiver.ContextEnded", func() { r.ContextEnded(cause) })
	}
	s.mu.Lock()
	if s.state.Load() == stateOpen {
		s.ctx.cause = cause
	}
	s.closeLocked()
}

// because gives an end its reason: a session that closes as its context has ended may go later.
func (c *connContext) because(why *closing) (stop func() bool) {
	if c == nil {
		return nil
	}
	if c.cause != nil && why.reason == ReasonForcedClose {
		why.reason, why.err = ReasonContextEnded, c.cause
	}
	stop, c.stop = c.stop, nil
	return stop
}
