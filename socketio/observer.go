package socketio

import (
	"errors"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// An Observer's functions are called from many goroutines and must not block.
type Observer struct {
	Opened              func(ConnectionInfo)
	Closed              func(c ConnectionInfo, why Reason, err error, lived time.Duration)
	Upgrading, Upgraded func(ConnectionInfo)                        // without the second it failed
	RoundTrip           func(ConnectionInfo, time.Duration)         // a heartbeat; not protocol 3
	Connected           func(*Socket)                               // before OnConnect
	Disconnected        func(*Socket, Reason)                       // before OnDisconnect
	Handled             func(*Socket, HandledInfo)                  // when handler and ack are done
	Emitted             func(n *Namespace, event string, bytes int) // once for all receivers
	BusLost             func(messages int, why error)               // unsent; others may be missed
}

// ConnectionInfo is what an Observer is told of a connection.
type ConnectionInfo struct {
	Transport string // "polling" or "websocket", at this moment
	Protocol  int    // see Socket.Protocol
}

// HandledInfo is what an Observer is told of an event.
type HandledInfo struct {
	Event  string        // empty when nobody handles it: clients could invent any number
	Err    error         // what the handler returned, ErrNoHandler, or an *Error of CodeRateLimited
	Waited time.Duration // for the handler
	Took   time.Duration // the handler and the ack
}

// observe calls a function of the observer that is set.
func (s *Server) observe(function string, call func()) {
	if err := guard(call); err != nil {
		s.failed(s.ctx, "Observer panicked", err, "function", function)
	}
}

func connectionOf(es *engineio.Socket) ConnectionInfo {
	return ConnectionInfo{es.Transport(), es.Protocol()}
}

func (c *conn) observeOpened() {
	if f := c.server.observer.Opened; f != nil {
		c.server.observe("Opened", func() { f(connectionOf(c.es)) })
	}
}

func (c *conn) observeClosed(why Reason, err error) {
	if f := c.server.observer.Closed; f != nil {
		c.server.observe("Closed", func() { f(connectionOf(c.es), why, err, time.Since(c.es.Handshake().Time)) })
	}
}

func (s *Socket) observeConnected() {
	if f := s.conn.server.observer.Connected; f != nil {
		s.conn.server.observe("Connected", func() { f(s) })
	}
}

func (s *Socket) observeDisconnected(why Reason) {
	if f := s.conn.server.observer.Disconnected; f != nil {
		s.conn.server.observe("Disconnected", func() { f(s, why) })
	}
}

// observeHandled tells of an event that began to be handled at a time.
func (s *Socket) observeHandled(j *job, ch *chain, began time.Time, err error) {
	f := s.conn.server.observer.Handled
	if f == nil {
		return
	}
	h := HandledInfo{Err: err, Waited: began.Sub(j.at), Took: time.Since(began)}
	if known := ch.handler(j.name); known != nil {
		h.Event = known.name
	}
	s.conn.server.observe("Handled", func() { f(s, h) })
}

func (n *Namespace) observeEmitted(event string, bytes int) {
	if f := n.server.observer.Emitted; f != nil {
		n.server.observe("Emitted", func() { f(n, event, bytes) })
	}
}

func (s *Server) observeBusLost(m *BusMessage) {
	if f := s.observer.BusLost; f != nil {
		s.observe("BusLost", func() { f(max(m.Count, 0), errors.New(m.Failure)) })
	}
}

// now is the time for Observer.Handled.
func (s *Server) now() (t time.Time) {
	if s.observer.Handled != nil {
		t = time.Now()
	}
	return t
}

// engine is what the engine has to tell. It guards the calls itself.
func (o *Observer) engine() *engineio.Observer {
	e := new(engineio.Observer)
	if f := o.Upgrading; f != nil {
		e.Upgrading = func(es *engineio.Socket) { f(connectionOf(es)) }
	}
	if f := o.Upgraded; f != nil {
		e.Upgraded = func(es *engineio.Socket) { f(connectionOf(es)) }
	}
	if f := o.RoundTrip; f != nil {
		e.RoundTrip = func(es *engineio.Socket, d time.Duration) { f(connectionOf(es), d) }
	}
	return e
}

// BufferedBytes is how many bytes wait to be sent on all connections together.
func (s *Server) BufferedBytes() int { return s.engine.BufferedBytes() }
