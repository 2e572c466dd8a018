package socketio

import (
	"slices"

	"github.com/madang-chat/madang/internal/packet"
)

// A departure is a namespace that the connection left. The client may not know yet that the server
// took it out, and it may still answer what it was asked before it left itself: for the official
// server that is the end of the connection, with all other namespaces.
type departure struct {
	namespace string
	byServer  bool
}

func (d departure) excuses(p *packet.Packet) bool {
	return d.namespace == p.Namespace && (d.byServer || p.Type == packet.Ack || p.Type == packet.BinaryAck)
}

// depart needs mu.
func (c *conn) depart(namespace string, byServer bool) {
	if len(c.left) >= min(c.server.opts.MaxNamespaces, defaultMaxNamespaces) {
		c.fixed -= len(c.left[0].namespace)
		c.left = slices.Delete(c.left, 0, 1)
	}
	c.fixed += len(namespace)
	c.left = append(c.left, departure{namespace, byServer})
}

// returns forgets that the connection has left a namespace. It needs mu.
func (c *conn) returns(namespace string) {
	c.left = slices.DeleteFunc(c.left, func(d departure) bool {
		if d.namespace == namespace {
			c.fixed -= len(namespace)
			return true
		}
		return false
	})
}

// disconnect takes the client out of all namespaces and ends the connection.
func (c *conn) disconnect() {
	waits := c.sequences()
	c.leaveAll(ReasonServerDisconnect)
	afterAll(waits, func() { c.es.Close() })
}

func (c *conn) leaveAll(why Reason) {
	for _, s := range c.shut() {
		s.leaveNamespace(why)
	}
	c.endAll(why) // those that were still connecting
}

// ContextEnded implements engineio.ContextReceiver. Official clients that get a DISCONNECT don't
// come back by themselves: with the same token they would be refused.
func (c *conn) ContextEnded(error) { c.leaveAll(ReasonContextEnded) }

// leaveNamespace tells the client and ends the socket, in one step for the order of what is sent.
func (s *Socket) leaveNamespace(why Reason) {
	c := s.conn
	if s.state() != joined {
		return
	}
	m, err := c.server.control(packet.Disconnect, s.ns.name, nil)
	if err != nil {
		s.end(why)
		c.close() // without a word the client would wait for ever
		return
	}
	waits := s.ns.sequence.farewell(s, m)
	c.mu.Lock()
	if s.state() != joined {
		c.mu.Unlock()
		return
	}
	if !waits {
		_ = c.es.Send(m, 0) // fails only when the connection is over anyway
	}
	s.endLocked(why)
}

// end ends the socket, once.
func (s *Socket) end(why Reason) {
	s.conn.mu.Lock()
	s.endLocked(why)
}

// endLocked is the one way in which sockets end. It needs conn.mu and releases it.
func (s *Socket) endLocked(why Reason) {
	c := s.conn
	if s.state() == ended {
		c.mu.Unlock()
		return
	}
	s.phase.Store(ended)
	if s.session != nil {
		s.session.why = why
	}
	c.forget(s)
	for _, st := range s.seats {
		if st != nil {
			c.fixed -= roomCost(st.room.name)
		}
	}
	if why == ReasonServerDisconnect || why == ReasonClientDisconnect {
		c.depart(s.ns.name, why == ReasonServerDisconnect)
	}
	switch why {
	case ReasonServerDisconnect, ReasonContextEnded, ReasonShutdown, ReasonInboxFull:
		s.dropEvents()
	}
	over := s.endContext(why)
	var asks map[uint64]func(answer)
	if x := s.extra; x != nil {
		asks, x.asks = x.asks, nil
		c.asks -= int32(len(asks))
		c.throttle()
	}
	listed, announced := s.listed, s.inbox.announced
	if announced {
		c.server.workers.hold() // Shutdown waits for OnDisconnect
		defer c.server.workers.free()
	} else {
		c.fixed -= s.cost()
	}
	c.mu.Unlock()

	if over != nil {
		over.end(over.cause)
	}
	if listed && s.ns.sequence != nil && s.session != nil && !why.Recoverable() {
		s.ns.sequence.free(s.session.pid, s)
	}
	if listed && s.ns.history != nil {
		s.ns.history.close(s)
	}
	if listed {
		s.ns.remove(s)
	}
	s.ns.rooms.clear(s.seats)
	for _, settle := range asks {
		settle(answer{err: ErrDisconnected})
	}
	if announced {
		s.post(&job{kind: jobDisconnect, reason: why})
	} else {
		c.server.leave(s.ns)
	}
}

func (s *Socket) runDisconnect(why Reason) {
	defer s.finish()
	defer s.handOver()
	s.observeDisconnected(why)
	ch, ctx := s.ns.chain(), s.conn.handling()
	defer ctx.end()
	for _, list := range [][]onDisconnect{ch.parent.disconnect, ch.own.disconnect} {
		for _, fn := range list {
			if err := guard(func() { fn(s, why) }); err != nil {
				s.report(ctx, "disconnect", err)
			}
		}
	}
}

// finish is the end of a socket's last handler. Until then its namespace stays: what the handler
// emits reaches those who have come meanwhile.
func (s *Socket) finish() {
	c := s.conn
	c.mu.Lock()
	c.fixed -= s.cost()
	c.open--
	c.thin()
	idle := c.idle()
	c.mu.Unlock()
	if idle {
		c.es.Finish()
	}
	c.server.leave(s.ns)
}

// idle reports whether no handler works for the connection any more, nor will. It needs mu.
func (c *conn) idle() bool { return c.gone && c.open == 0 && c.queued == 0 }
