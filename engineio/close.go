package engineio

import (
	"net/http"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// closingTimeout is how long a closing polling session waits for the request that tells the client,
// or for the end of an upgrade; and how long a WebSocket may take for what is still to be sent.
const closingTimeout = 30 * time.Second

// Close ends the session; what is queued is still sent. It reports whether the session has ended:
// Closed is then delivered with ReasonForcedClose, if Close was called inside Message then after
// it. On polling without a waiting request the session ends with the next request or when the
// upgrade that is under way succeeds, at the latest after 30 s or when a silent client would have
// been given up, whichever is first. On WebSocket what is queued has 30 s too.
func (s *Socket) Close() (ended bool) {
	s.mu.Lock()
	return s.closeLocked()
}

// closeLocked needs mu and releases it.
func (s *Socket) closeLocked() (ended bool) {
	if s.state.Load() != stateOpen {
		s.mu.Unlock()
		return s.state.Load() == stateClosed
	}
	if s.ws == nil && (s.get == nil || s.queue.Len() > 0) {
		s.state.Store(stateClosing)
		// The probe goes on: a client that has stopped polling for it can be told nowhere else.
		post, reading := s.post, false
		switch {
		case post == nil:
		case s.probe != nil:
			post.resume() // the client waits for the answer before it completes the upgrade
		default:
			reading = post.end()
		}
		s.server.wheel.Set(&s.timer, s, s.server.start.Add(s.closingDeadline()))
		s.mu.Unlock()
		if reading {
			s.interrupt(post)
		}
		return false
	}
	s.endLocked(closing{reason: ReasonForcedClose}, true, closePacket)
	return true
}

// Discard ends the session at once; what is queued is lost.
func (s *Socket) Discard() { s.end(ReasonForcedClose, nil) }

// end ends the session without sending what is queued.
func (s *Socket) end(reason Reason, err error) {
	if p, ok := err.(*calm.Panic); ok {
		logPanic(s.server.log, "the net.Conn", p)
	}
	s.mu.Lock()
	s.endLocked(closing{reason: reason, err: err}, false, closePacket)
}

// closingDeadline is when a closing session is given up: the client must not be waited for any
// longer than if it weren't closed. It needs mu.
func (s *Socket) closingDeadline() time.Duration {
	due := s.server.since() + closingTimeout
	if !s.paused {
		due = min(due, s.deadline())
	}
	return due
}

// endLocked is the one way by which a session ends. It is called with mu held and releases it. Last
// is what a waiting polling request is told.
func (s *Socket) endLocked(why closing, graceful bool, last ...*Message) {
	if s.state.Load() == stateClosed {
		s.mu.Unlock()
		return
	}
	s.state.Store(stateClosed)
	s.server.wheel.Stop(&s.timer)
	unfollow := s.ctx.because(&why)
	get, post, probe := s.get, s.post, s.probe
	s.get, s.probe = nil, nil
	why.ws = s.ws
	if why.farewell = graceful && s.ws != nil; !why.farewell {
		s.drop()
	}
	if get != nil {
		get.over, get.held, why.get = true, true, get
		for _, m := range last {
			get.items = append(get.items, item{m: m})
		}
	}
	reading := post != nil && post.end()
	s.wakeDrain()
	s.closed = &why
	deliver := !s.receiving
	s.receiving = true
	s.mu.Unlock()

	if reading {
		s.interrupt(post)
	}
	if unfollow != nil {
		unfollow()
	}
	s.server.remove(s)
	s.Established()
	if probe != nil {
		probe.close()
	}
	if deliver {
		s.done()
	}
}

// bury tells the application of the end, and then the client.
func (s *Socket) bury(c *closing) {
	defer s.buried(c) // also when the application calls runtime.Goexit
	s.server.protect("Receiver.Closed", func() { s.receiver.Closed(c.reason, c.err) })
}

// buried lets the client know.
func (s *Socket) buried(c *closing) {
	s.server.forget(s)
	if _, later := s.receiver.(ContextReceiver); !later {
		s.Finish()
	}
	s.mu.Lock()
	s.closed = nil
	if c.get != nil {
		c.get.held = false
	}
	told := c.told
	s.mu.Unlock()
	switch {
	case c.ws == nil:
	case c.farewell:
		s.farewell()
	default:
		s.endWebSocket(c.ws)
	}
	if c.get != nil {
		c.get.wake()
	}
	if told != nil {
		close(told)
	}
}

// awaitTold holds a request that comes behind the end until the application has been told: from its
// answer the client would learn of it.
func (s *Socket) awaitTold(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	c := s.closed
	if c == nil {
		s.mu.Unlock()
		return
	}
	if c.told == nil {
		c.told = make(chan struct{})
	}
	told := c.told
	s.mu.Unlock()
	stay(w, r, told)
}

// endWebSocket ends one on which nothing waits to be sent.
func (s *Socket) endWebSocket(ws *wsConn) {
	s.mu.Lock()
	if s.flushing && !s.blocked {
		// The close frame has to be behind what is being written.
		s.queue.Push(&queued, item{m: closePacket}, 0, 0)
		s.mu.Unlock()
		return
	}
	idle := !s.flushing
	s.mu.Unlock()
	ws.end(idle)
}

// farewell puts the close frame behind what is queued.
func (s *Socket) farewell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue.Push(&queued, item{m: closePacket}, 0, s.queue.Bytes())
	if !s.marked && !s.flushing {
		s.marked = true
		s.server.flusher.Mark((*flushTarget)(s))
	}
}
