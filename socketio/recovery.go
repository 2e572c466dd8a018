package socketio

import (
	"cmp"
	"math"
	"time"
)

// RecoveryOptions let a client come back to its server: docs/guide/recovery.md.
type RecoveryOptions struct {
	Duration                time.Duration // after the disconnect; default 2 min
	RunMiddlewareOnRecovery bool          // else only new sockets pass the middleware
	RestorePartial          bool          // rooms and Keys, with a new id, when events are gone
	MaxPackets              int           // events kept of one namespace; default 10,000
	MaxBytes                int           // of these, and of absent clients' rooms; default 16 MiB
	MaxSessions             int           // absent clients of one namespace; default 10,000
	HandoverTimeout         time.Duration // for handlers of the old socket; default 5 s
}

func (o *RecoveryOptions) withDefaults() *RecoveryOptions {
	r := *o
	switch {
	case r.Duration == 0:
		r.Duration = defaultRecoveryDuration
	case r.Duration < 0:
		r.Duration = math.MaxInt64 / 2
	}
	switch {
	case r.HandoverTimeout == 0:
		r.HandoverTimeout = defaultHandoverTimeout
	case r.HandoverTimeout < 0:
		r.HandoverTimeout = math.MaxInt64
	}
	limit(&r.MaxPackets, defaultRecoveryPackets)
	limit(&r.MaxBytes, defaultRecoveryBytes)
	limit(&r.MaxSessions, defaultRecoverySessions)
	return &r
}

// Recovery tells whether a socket continues an earlier one.
type Recovery string

const (
	RecoveryNone    Recovery = "none"    // a new session
	RecoveryPartial Recovery = "partial" // rooms and Keys, but a new id; events may be missing
	RecoveryFull    Recovery = "full"    // nothing is missing
)

// Recovery tells whether the socket continues an earlier one.
func (s *Socket) Recovery() Recovery {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.session == nil {
		return RecoveryNone
	}
	return cmp.Or(s.session.recovered, RecoveryNone)
}

// pauses are the begin and the end of the last ones that no heartbeat can have come between.
type pauses struct{ stalled, resumed time.Time }

// clock notes when a pause begins or ends. It needs mu.
func (c *conn) clock() {
	o := &c.server.opts
	if o.Recovery == nil {
		return
	}
	if c.pauses == nil {
		c.pauses = new(pauses)
	}
	switch p := c.pauses; {
	case !c.paused:
		p.resumed = time.Now()
	case time.Since(p.resumed) > o.beat():
		p.stalled = time.Now()
	}
}

// heardAt is when the heartbeat of a connection that ends was last supervised: while it isn't read,
// its client may be dead for long. It needs mu.
func (c *conn) heardAt(end time.Time) time.Time {
	if p := c.pauses; p != nil && (c.paused || end.Sub(p.resumed) <= c.server.opts.beat()) {
		return p.stalled
	}
	return end
}
