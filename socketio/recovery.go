package socketio

import (
	"math"
	"time"
)

// Defaults of RecoveryOptions.
const (
	DefaultRecoveryDuration = 2 * time.Minute
	DefaultRecoveryPackets  = 10_000
	DefaultRecoveryBytes    = 16 << 20
	DefaultRecoverySessions = 10_000
	DefaultHandoverTimeout  = 5 * time.Second
)

// RecoveryOptions configure connection state recovery: a client whose connection broke gets its id, rooms and Keys back
// and the events that it missed. Each namespace keeps its own sessions and events, in memory. In numbers 0 means the default and a negative
// value no limit.
//
// A client can come back only to the server that it was connected to; a dynamic namespace stays as long as somebody may,
// but gives way to a new one when there are MaxDynamicNamespaces. What it sent
// while the connection broke isn't recovered. An event that it missed in a room that it left before the end stays missed.
//
// With recovery on, every event that is emitted without asking carries one more argument, a string, which the official clients
// remember. The events of a namespace are queued one after the other then, so that their order is the same for all.
type RecoveryOptions struct {
	// Duration is how long after the disconnect a client may come back. Default 2 min.
	Duration time.Duration
	// RunMiddlewareOnRecovery runs the middleware for recovered sockets too. Otherwise only new sockets pass it.
	RunMiddlewareOnRecovery bool
	// RestorePartial gives rooms and Keys also to a client that can't get all of its events back, with a new id.
	RestorePartial bool
	// MaxPackets and MaxBytes limit the events that are kept of one namespace. Default 10,000 and 16 MiB. Those that
	// one client missed, in all its namespaces, must fit into half of MaxQueue too.
	MaxPackets, MaxBytes int
	// MaxSessions limits the disconnected clients that are kept of one namespace; the oldest go first. The names of
	// the rooms that they were in may take MaxBytes besides the events, 32 bytes more for each. Default 10,000.
	MaxSessions int
	// HandoverTimeout is how long a client that comes back waits for the handlers of its old socket, OnDisconnect included: two sockets of one
	// id never have handlers at work at a time, but for those of Concurrent events. When it is over the client gets a new session. Default 5 s.
	HandoverTimeout time.Duration
}

func (o *RecoveryOptions) withDefaults() *RecoveryOptions {
	r := *o
	switch {
	case r.Duration == 0:
		r.Duration = DefaultRecoveryDuration
	case r.Duration < 0:
		r.Duration = math.MaxInt64 / 2
	}
	switch {
	case r.HandoverTimeout == 0:
		r.HandoverTimeout = DefaultHandoverTimeout
	case r.HandoverTimeout < 0:
		r.HandoverTimeout = math.MaxInt64
	}
	limit(&r.MaxPackets, DefaultRecoveryPackets)
	limit(&r.MaxBytes, DefaultRecoveryBytes)
	limit(&r.MaxSessions, DefaultRecoverySessions)
	return &r
}

// Recovery tells whether a socket continues an earlier one.
type Recovery uint8

const (
	RecoveryNone    Recovery = iota // a new session
	RecoveryPartial                 // rooms and Keys of an earlier one, but a new id, and events may be missing
	RecoveryFull                    // nothing is missing
)

// String returns the word.
func (r Recovery) String() string {
	return word(r+1, "none", "partial", "full")
}

// Recovery tells whether the socket continues an earlier one; see Options.Recovery.
func (s *Socket) Recovery() Recovery {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.session == nil {
		return RecoveryNone
	}
	return s.session.recovered
}

// clock notes when a pause begins or ends. It needs mu.
func (c *conn) clock() {
	o := &c.server.opts
	switch {
	case o.Recovery == nil:
	case !c.paused:
		c.resumed = time.Now()
	case time.Since(c.resumed) > o.beat():
		c.stalled = time.Now()
	}
}

// heardAt is when the heartbeat of a connection that ends was last supervised: while it isn't read, its client may be
// dead for long. It needs mu.
func (c *conn) heardAt(end time.Time) time.Time {
	if c.paused || end.Sub(c.resumed) <= c.server.opts.beat() {
		return c.stalled
	}
	return end
}
