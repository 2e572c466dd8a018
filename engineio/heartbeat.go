package engineio

import (
	"net/http"
	"time"
)

// A heartbeat is where a session is in its cycle. In revision 4 the server pings and the client
// answers; in revision 3 the client pings by itself. Guarded by Socket.mu.
type heartbeat struct {
	// due is when the next ping is sent or, while awaited, the client is given up; since the
	// server's start.
	due     time.Duration
	awaited bool          // something of the client is awaited
	pinged  time.Duration // when the ping that is being answered was sent; 0 when that isn't known
}

// startBeat begins the first cycle.
func (s *Socket) startBeat() {
	now := s.server.since()
	if s.protocol == 3 {
		s.arm(now+s.server.opts.PingInterval+s.server.opts.PingTimeout, true)
	} else {
		s.arm(now+s.server.opts.PingInterval, false)
	}
}

func (s *Socket) arm(due time.Duration, awaited bool) {
	s.beat.due, s.beat.awaited = due, awaited
	s.extendable.Store(awaited && s.protocol == 4)
	s.server.wheel.Set(&s.timer, s, s.server.start.Add(due))
}

// restartBeat grants a whole wait after a pause of the reading.
func (s *Socket) restartBeat() {
	if s.state.Load() == stateOpen && s.beat.awaited {
		s.startWait()
	}
}

func (s *Socket) startWait() {
	wait := s.server.opts.PingTimeout
	if s.protocol == 3 {
		wait += s.server.opts.PingInterval
	}
	s.arm(s.server.since()+wait, true)
}

// deadline is when a silent client's session is over.
func (s *Socket) deadline() time.Duration {
	if s.beat.awaited {
		return s.beat.due
	}
	return s.beat.due + s.server.opts.PingTimeout
}

// expired reports whether a request comes too late. It ends a session whose time is up though its
// timer has not fired yet: timers are coarse, the end of a session is exact.
func (s *Socket) expired(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	if s.state.Load() == stateOpen && !s.paused && s.server.since() >= s.deadline() {
		s.endLocked(closing{reason: ReasonPingTimeout}, false, closePacket)
	} else {
		s.mu.Unlock()
	}
	if s.state.Load() != stateClosed {
		return false
	}
	s.awaitTold(w, r)
	return true
}

// Expire is called by the timer wheel.
func (s *Socket) Expire() {
	s.mu.Lock()
	switch {
	case s.state.Load() == stateClosing:
		s.endLocked(closing{reason: ReasonForcedClose}, false, closePacket)
		return
	case s.state.Load() == stateClosed || s.server.since() < s.beat.due:
		// Moved or ended since the timer was taken.
	case s.paused && s.beat.awaited:
		// The answers are not read now, but the client goes on to expect pings.
		s.beat.pinged = 0
		s.arm(s.server.since()+s.server.opts.PingInterval, true)
		if s.protocol == 4 && (s.ws != nil || s.get != nil) {
			s.pushControl(pingPacket)
		}
	case s.beat.awaited:
		s.endLocked(closing{reason: ReasonPingTimeout}, false, closePacket)
		return
	default:
		sent := s.beat.due
		if s.ws != nil || s.get != nil {
			sent = s.server.since() // it leaves now, and the client has the whole time to answer
		}
		s.arm(sent+s.server.opts.PingTimeout, true)
		s.beat.pinged = sent
		s.pushControl(pingPacket)
	}
	s.mu.Unlock()
}

// pushControl queues a packet of the protocol itself, also when the queue is full.
func (s *Socket) pushControl(m *Message) {
	s.queue.Push(&queued, item{m: m}, 0, s.queue.Bytes())
	s.wake(0)
}

// extendWait grants another wait to a client that sent something else while its pong is awaited,
// once for each ping.
func (s *Socket) extendWait() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state.Load() == stateOpen && s.beat.awaited {
		s.startWait()
		s.extendable.Store(false)
	}
}

// heard notes that a packet came. It reports whether the packet was a heartbeat in the wrong
// direction.
func (s *Socket) heard(kind byte) (wrong bool) {
	s.answered()
	if kind != typePing && kind != typePong {
		if s.extendable.Load() {
			s.extendWait()
		}
		return false
	}
	if (kind == typePing) != (s.protocol == 3) {
		return true
	}
	s.mu.Lock()
	var pinged time.Duration
	if s.state.Load() == stateOpen {
		if kind == typePing {
			s.startWait()
		} else {
			pinged, s.beat.pinged = s.beat.pinged, 0
			s.arm(s.server.since()+s.server.opts.PingInterval, false)
		}
	}
	s.mu.Unlock()
	if told := s.server.opts.Observer.RoundTrip; told != nil && pinged > 0 {
		s.observe(func(s *Socket) { told(s, s.server.since()-pinged) })
	}
	if kind == typePing {
		s.Send(pongPacket, NoCompress)
	}
	return false
}
