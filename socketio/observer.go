package socketio

import (
	"time"

	"github.com/madang-chat/madang/engineio"
)

// An Observer is told what a server does, for metrics. Observe is called where it happens: it must not block, and it is called from
// many goroutines at a time, but never under a lock. A panic in it is logged. Package sioprom has one for Prometheus.
type Observer interface {
	Observe(Observation)
}

// An Observation is one thing that happened. Which fields are used depends on the kind.
type Observation struct {
	Kind      ObservationKind
	Transport string // of the connection: "polling" or "websocket"
	Protocol  int    // of the connection; see Socket.Protocol

	Socket    *Socket    // of ObserveConnected, ObserveDisconnected, ObserveHandled
	Namespace *Namespace // of those, and of ObserveEmitted
	Reason    Reason     // of ObserveClosed, ObserveDisconnected

	// Event is the name of an event. It is empty when no handler is registered for it: clients could invent any number.
	Event string
	// Err is what the handler returned, or why there was none: ErrNoHandler, or an *Error of CodeRateLimited. Of ObserveClosed it says more than
	// the reason, where there is more to say.
	Err error
	// Waited is how long the event waited for its handler, Duration how long that took, its ack included. Of ObserveRoundTrip
	// Duration is the time between a heartbeat and its answer, of ObserveClosed the life of the connection.
	Waited, Duration time.Duration
	// Bytes is the size of an event that was emitted, once for all its receivers.
	Bytes int
}

// ObservationKind is what happened.
type ObservationKind uint8

const (
	ObserveOpened       ObservationKind = iota + 1 // a connection began
	ObserveClosed                                  // it ended; the reason is the transport's
	ObserveUpgrading                               // its client tries a WebSocket beside the polling; without ObserveUpgraded after it that failed
	ObserveUpgraded                                // it went from polling to WebSocket
	ObserveRoundTrip                               // its client answered a heartbeat; not of protocol 3
	ObserveConnected                               // a socket was connected, before OnConnect
	ObserveDisconnected                            // it ended, before OnDisconnect
	ObserveHandled                                 // an event of a client was handled
	ObserveEmitted                                 // an event was encoded for one socket or many; acks aren't counted
)

// String returns the kind as a word.
func (k ObservationKind) String() string {
	return word(k, "opened", "closed", "upgrading", "upgraded", "round trip", "connected", "disconnected", "handled", "emitted")
}

// word names a kind, which begins at 1.
func word[T ~uint8](kind T, words ...string) string {
	if kind == 0 || int(kind) > len(words) {
		return "unknown"
	}
	return words[kind-1]
}

// observe tells the observer, if there is one; callers that would have to prepare something ask before.
func (s *Server) observe(o Observation) {
	if s.opts.Observer == nil {
		return
	}
	if err := guard(func() { s.opts.Observer.Observe(o) }); err != nil {
		s.failed(s.ctx, "Observer panicked", err, "kind", o.Kind.String())
	}
}

func (c *conn) observe(kind ObservationKind, o Observation) {
	if c.server.opts.Observer != nil {
		o.Kind, o.Transport, o.Protocol = kind, c.es.Transport(), c.es.Protocol()
		c.server.observe(o)
	}
}

func (s *Socket) observe(kind ObservationKind, o Observation) {
	if s.conn.server.opts.Observer != nil {
		o.Socket, o.Namespace = s, s.ns
		s.conn.observe(kind, o)
	}
}

// observeHandled tells of an event that began to be handled at a time.
func (s *Socket) observeHandled(j *job, ch *chain, began time.Time, err error) {
	if began.IsZero() {
		return
	}
	o := Observation{Err: err, Waited: began.Sub(j.at), Duration: time.Since(began)}
	if h := ch.handler(j.name); h != nil {
		o.Event = h.name
	}
	s.observe(ObserveHandled, o)
}

// now is the time for an observer.
func (s *Server) now() (t time.Time) {
	if s.opts.Observer != nil {
		t = time.Now()
	}
	return t
}

// An engineObserver passes on what the engine tells.
type engineObserver struct{ server *Server }

func (e engineObserver) Upgrading(es *engineio.Socket) {
	e.server.observe(Observation{Kind: ObserveUpgrading, Transport: es.Transport(), Protocol: es.Protocol()})
}

func (e engineObserver) Upgraded(es *engineio.Socket) {
	e.server.observe(Observation{Kind: ObserveUpgraded, Transport: es.Transport(), Protocol: es.Protocol()})
}

func (e engineObserver) RoundTrip(es *engineio.Socket, d time.Duration) {
	e.server.observe(Observation{Kind: ObserveRoundTrip, Transport: es.Transport(), Protocol: es.Protocol(), Duration: d})
}

// BufferedBytes is how many bytes wait to be sent on all connections together. It asks each of them.
func (s *Server) BufferedBytes() int { return s.engine.BufferedBytes() }
