package socketio

import (
	"slices"
	"sync"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/packet"
)

// A conn is one connection: a session of the engine with the sockets of its namespaces. It is the
// engine's Receiver and settles all but events where it reads them.
type conn struct {
	*origin
	es      *engineio.Socket
	decoder decoder
	rates   *rates // of the reading goroutine; nil without limits

	mu      sync.Mutex
	sockets []*Socket   // connecting or connected; guarded by mu
	left    []departure // at most defaultMaxNamespaces; guarded by mu
	timer   *time.Timer // the connect timeout, nil after the first join; guarded by mu
	parts   *parts      // nil before packets of parts; the reader writes; guarded by mu
	queued  int         // bytes of the events in all inboxes; guarded by mu
	fixed   int         // all other bytes that MaxMemory limits; guarded by mu
	full    int32       // inboxes at their limit; guarded by mu
	open    int32       // sockets whose OnDisconnect is still to be told; guarded by mu
	asks    int32       // waiting Asks; guarded by mu
	crowded bool        // MaxMemory is reached, and events wait; guarded by mu
	paused  bool        // guarded by mu
	over    bool        // nothing that arrives counts any more; guarded by mu
	gone    bool        // Closed was told; guarded by mu

	pauses *pauses // with recovery, from the first one on; guarded by mu
	owed   int     // bytes of missed events; guarded by mu

	// unknown is when, since the handshake, all events that nobody handled are forgiven. Guarded by
	// mu.
	unknown time.Duration
}

// open begins a connection.
func (s *Server) open(es *engineio.Socket) engineio.Receiver {
	c := &conn{origin: s.originOf(es), es: es, rates: newRates(&s.opts)}
	c.decoder.text.Limits = s.limits.text()
	c.fixed = es.Handshake().Size() // nobody else knows the connection yet
	c.observeOpened()
	if s.opts.ConnectTimeout > 0 {
		c.mu.Lock()
		c.timer = time.AfterFunc(s.opts.ConnectTimeout, c.connectTimeout)
		c.mu.Unlock()
	}
	if es.Protocol() == 3 {
		c.connect("/", nil) // clients of protocol 4 are in the main namespace without asking
	}
	return c
}

func (c *conn) connectTimeout() {
	c.mu.Lock()
	waiting := c.timer != nil
	c.mu.Unlock()
	if waiting {
		c.adviseSilence()
		c.close()
		c.es.Discard() // one that nobody polls has waited for long enough
	}
}

// Message implements engineio.Receiver.
func (c *conn) Message(data []byte, binary bool) {
	came := c.parts.came()
	c.rates.arrive(len(data), came == 0)
	var p packet.Packet
	var done bool
	err := errTooLarge
	if came == 0 || came+len(data) <= c.server.limits.Bytes {
		p, done, err = c.server.codec.decode(&c.decoder, data, binary)
	}
	if err == nil && c.unwanted(&p, done) {
		err = packet.ErrTooMany
	}
	switch {
	case err != nil:
		c.adviseBroken(data, binary, err)
		c.breach(err)
	case done:
		c.receive(&p)
	default:
		c.await(len(data))
	}
}

// unwanted reports whether a part has attachments, or announces them, that the options forbid.
func (c *conn) unwanted(p *packet.Packet, done bool) bool {
	o := &c.server.opts
	return o.NoAttachments && (len(p.Attachments) > 0 || !done && o.speaksJSON())
}

// receive settles one packet. A packet that doesn't fit the state of its namespace ends the
// connection, as with the official server.
func (c *conn) receive(p *packet.Packet) {
	if p.Type == packet.Connect && p.Query != "" && c.es.Protocol() == 4 {
		p.Namespace += "?" + p.Query
		if len(p.Namespace) > packet.MaxNamespace {
			c.breach(packet.ErrNamespace)
			return
		}
	}
	c.mu.Lock()
	c.complete()
	if c.over {
		c.mu.Unlock()
		return
	}
	s := c.find(p.Namespace)
	if p.Type == packet.Connect {
		again := s != nil && s.state() < joined
		if again {
			s.again = true
		}
		c.mu.Unlock()
		if s != nil && !again {
			c.stray(p)
			return
		}
		if e := c.rates.check(); e != nil {
			if c.rates.flooded() {
				c.overflow(e)
				return
			}
			c.refuse(p.Namespace, e)
			return
		}
		if again {
			return // the answer to the first one serves
		}
		auth := c.auth(p)
		if len(auth) > c.server.opts.MaxHandshake {
			c.refuse(p.Namespace, authTooLarge)
			return
		}
		c.connect(p.Namespace, auth)
		return
	}
	if s == nil || s.state() != joined || p.Type == packet.ConnectError {
		ignore := s == nil && slices.ContainsFunc(c.left, func(d departure) bool { return d.excuses(p) })
		c.mu.Unlock()
		if !ignore {
			c.stray(p)
		}
		return
	}
	switch p.Type {
	case packet.Event, packet.BinaryEvent:
		if e := c.rates.check(); e != nil {
			if c.rates.flooded() {
				c.mu.Unlock()
				c.overflow(e)
				return
			}
			s.drop(p, e) // releases mu
			return
		}
		s.accept(p, nil) // releases mu
	case packet.Ack, packet.BinaryAck:
		asked := s.settle(p)
		c.mu.Unlock()
		if e := c.rates.unasked(asked); e != nil {
			c.overflow(e)
		}
	case packet.Disconnect:
		s.endLocked(ReasonClientDisconnect)
	default:
		c.mu.Unlock()
	}
}

// find needs mu.
func (c *conn) find(name string) *Socket {
	for _, s := range c.sockets {
		if s.ns.name == name {
			return s
		}
	}
	return nil
}

// forget needs mu.
func (c *conn) forget(s *Socket) {
	if i := slices.Index(c.sockets, s); i >= 0 {
		c.sockets = slices.Delete(c.sockets, i, i+1)
	}
}

// shut marks the connection as over and returns its sockets.
func (c *conn) shut() []*Socket {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.parts.stop()
	c.arrived()
	return slices.Clone(c.sockets)
}

func (c *conn) endAll(why Reason) {
	for _, s := range c.shut() {
		s.end(why)
	}
}

// breach ends the connection because of a broken packet.
func (c *conn) breach(err error) {
	if find[PanicError](err) != nil {
		c.server.failed(c.server.ctx, "the parser panicked", err)
	}
	c.report(badPacket(err))
	c.close()
}

// overflow ends the connection of a client that doesn't stop.
func (c *conn) overflow(e *Error) {
	c.report(e)
	c.close()
}

// report tells OnError of all sockets, behind their earlier events, what ends the connection, and
// OnConnectionError when there is none.
func (c *conn) report(e *Error) {
	c.server.opts.Logger.Debug("socketio: the connection ends", "error", e)
	c.mu.Lock()
	var start []*Socket
	heard := false
	for _, s := range c.sockets {
		if s.state() != joined {
			continue
		}
		heard = true
		if s.inbox.push(&job{kind: jobReport, refused: e}) {
			start = append(start, s)
		}
	}
	c.mu.Unlock()
	if !heard && (e.Code != CodeTooLarge || c.es.Transport() == engineio.WebSocket) {
		// A request of polling that is too large is refused elsewhere.
		c.unheard(BrokenPacket, e)
	}
	for _, s := range start {
		c.server.workers.run(task{socket: s})
	}
}

// close ends the connection because of what the client did.
func (c *conn) close() {
	c.shut()
	if !c.es.Close() {
		c.endAll(ReasonForcedServerClose)
	}
}

// Closed implements engineio.Receiver.
func (c *conn) Closed(reason engineio.Reason, err error) {
	if is(err, engineio.ErrTooLarge) {
		c.report(&Error{Code: CodeTooLarge, Message: "message too large", Err: err})
	}
	why := Reason(reason)
	if reason == engineio.ReasonForcedClose && c.server.ctx.Err() != nil {
		why = ReasonShutdown // of sockets that are still connecting: the others have ended
	}
	c.endAll(why)
	c.decoder = decoder{} // a packet that isn't whole: the application may keep the sockets
	c.mu.Lock()
	c.gone = true
	idle := c.idle()
	c.mu.Unlock()
	if idle {
		c.es.Finish()
	}
	c.observeClosed(Reason(reason), err)
}
