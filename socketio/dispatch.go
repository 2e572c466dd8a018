package socketio

import (
	"context"
	"runtime/debug"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// runAll empties the inbox.
func (s *Socket) runAll() {
	for {
		j, last := s.take()
		if j == nil {
			return
		}
		switch j.kind {
		case jobConnect:
			s.runConnect()
		case jobReport:
			s.report(s.Context(), "", j.refused)
		case jobBarrier:
			j.passed()
		case jobDisconnect:
			s.runDisconnect(j.reason)
		case jobEvent:
			ch := s.ns.chain()
			if h := ch.handler(j.name); h != nil && h.concurrent {
				s.conn.server.workers.run(task{s, j, ch})
			} else {
				s.runEvent(j, ch, last)
			}
		}
	}
}

// runConnect finds the namespace, asks its middleware and connects.
func (s *Socket) runConnect() {
	ctx := s.Context()
	if s.ns.unknown() {
		if e := s.findNamespace(ctx); e != nil {
			s.end(ReasonForcedClose)
			s.conn.refuse(s.ns.name, e)
			return
		}
	}
	s.ns.announce()
	s.resume()
	ch := s.ns.chain()
	middlewares := [][]middleware{ch.parent.use, ch.own.use}
	if s.Recovery() == RecoveryFull && !s.conn.server.opts.Recovery.RunMiddlewareOnRecovery {
		middlewares = nil
	}
	if !s.admit(ctx, middlewares) {
		return
	}
	s.observe(ObserveConnected, Observation{})
	for _, list := range [][]middleware{ch.parent.connect, ch.own.connect} {
		for _, connected := range list {
			if err := protect(func() error { return connected(ctx, s) }); err != nil {
				s.report(ctx, "connect", err)
				s.Disconnect()
				return
			}
		}
	}
}

// admit asks the middleware and joins.
func (s *Socket) admit(ctx context.Context, middlewares [][]middleware) (joined bool) {
	var refusal *Error
	defer func() {
		if refusal != nil { // behind abandon: the client may try again at once
			s.conn.refuse(s.ns.name, refusal)
		}
	}()
	if s.session != nil {
		defer func() {
			if !joined {
				s.ns.history.abandon(s)
			}
		}()
	}
	for _, list := range middlewares {
		for _, use := range list {
			err := protect(func() error { return use(ctx, s) })
			if s.state() == ended {
				return false
			}
			if err != nil {
				if hidden(err) {
					s.report(ctx, "connect", err)
				}
				s.end(ReasonForcedClose)
				refusal = public(err)
				return false
			}
		}
	}
	if !s.join() {
		s.conn.close()
		return false
	}
	return true
}

// findNamespace asks the parents for a name that isn't known yet.
func (s *Socket) findNamespace(ctx context.Context) *Error {
	srv, name := s.conn.server, s.ns.name
	n := srv.enter(name)
	if n == nil {
		for _, p := range srv.dynamic() {
			ok := false
			err := protect(func() error { ok = p.match(ctx, name, s.Handshake()); return nil })
			if err != nil {
				s.report(ctx, "connect", err)
			}
			if ok {
				if n = srv.enterDynamic(p, name); n == nil {
					return tooManyNamespaces
				}
				break
			}
		}
	}
	if n == nil {
		return invalidNamespace
	}
	s.conn.mu.Lock()
	gone := s.state() == ended
	if !gone {
		s.ns = n
	}
	s.conn.mu.Unlock()
	if gone {
		srv.leave(n)
		return tooManyNamespaces // nobody is left to be told
	}
	return nil
}

// join brings back what a session lost and connects the socket.
func (s *Socket) join() bool {
	if s.session == nil {
		return s.enter()
	}
	h := s.ns.history
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.admit(s) || !s.enter() {
		return false
	}
	h.settle(s)
	return true
}

// enter answers CONNECT: from here on the socket is listed, and must be told to OnDisconnect.
func (s *Socket) enter() bool {
	c := s.conn
	var payload []byte
	if c.es.Protocol() == 4 {
		payload = jsonx.AppendString([]byte(`{"sid":`), s.id)
		if s.session != nil {
			payload = jsonx.AppendString(append(payload, `,"pid":`...), s.session.pid)
		}
		payload = append(payload, '}')
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.state() == ended || c.over {
		return false
	}
	s.phase.Store(joining)
	if !s.ns.add(s, c.server.opts.Parser.control(packet.Connect, s.ns.name, payload)) {
		s.phase.Store(connecting)
		return false // the engine is about to tell Closed
	}
	s.phase.Store(joined)
	s.listed, s.inbox.announced = true, true
	c.arrived()
	return true
}

func (s *Socket) runDisconnect(why Reason) {
	defer s.finish()
	defer s.handOver()
	s.observe(ObserveDisconnected, Observation{Reason: why})
	ch := s.ns.chain()
	for _, list := range [][]onDisconnect{ch.parent.disconnect, ch.own.disconnect} {
		for _, fn := range list {
			if err := protect(func() error { fn(s, why); return nil }); err != nil {
				s.report(s.Context(), "disconnect", err)
			}
		}
	}
}

// finish is the end of a socket's last handler. Until then its namespace stays: what the handler emits reaches those
// who have come meanwhile.
func (s *Socket) finish() {
	c := s.conn
	c.mu.Lock()
	c.fixed -= s.cost()
	c.thin()
	c.mu.Unlock()
	c.server.leave(s.ns)
}

// runEvent handles one event and answers it. Last says that nothing waits behind it.
func (s *Socket) runEvent(j *job, ch *chain, last bool) {
	defer s.done(j)
	began := s.conn.server.now()
	err := s.handleAndAnswer(j, ch, last)
	s.observeHandled(j, ch, began, err)
}

func (s *Socket) handleAndAnswer(j *job, ch *chain, last bool) error {
	ctx := s.Context()
	reply, err := s.handle(ctx, j, ch)
	err = settle(err)
	if err != nil && is(err, ErrNoHandler) {
		if len(ch.own.any)+len(ch.parent.any) == 0 {
			s.unknown(string(j.name))
		}
		return err
	}
	if err != nil {
		if hidden(err) || !j.hasID {
			s.report(ctx, string(j.name), err)
		}
		if !j.hasID {
			return err
		}
		reply = s.encodeError(ctx, err)
	}
	if j.hasID {
		s.answer(ctx, j, reply, last)
	}
	if r, ok := reply.(AfterAck); ok && err == nil {
		if err := protect(func() error { r.AfterAck(); return nil }); err != nil {
			s.report(ctx, string(j.name), err)
		}
	}
	return err
}

func (s *Socket) handle(ctx context.Context, j *job, ch *chain) (reply any, err error) {
	if j.refused != nil {
		return nil, j.refused
	}
	defer func() {
		if p := recover(); p != nil {
			reply, err = nil, &PanicError{p, debug.Stack()}
		}
	}()
	a, h := Args{j.args, j.attachments}, ch.handler(j.name)
	if ch.run == nil && len(ch.own.any)+len(ch.parent.any) == 0 {
		if h == nil {
			return nil, ErrNoHandler
		}
		return h.run(ctx, s, a)
	}
	in := Incoming{Args: a, WantsReply: j.hasID, handler: h}
	if h != nil {
		in.Name = h.name
	} else {
		in.Name = string(j.name)
	}
	for _, list := range [][]onAny{ch.parent.any, ch.own.any} {
		for _, fn := range list {
			fn(ctx, s, in)
		}
	}
	if ch.run != nil {
		return ch.run(ctx, s, in)
	}
	return handle(ctx, s, in)
}

// answer sends an ack. The last one for now is written from here, with all that the handlers have emitted, which
// saves a switch of goroutines.
func (s *Socket) answer(ctx context.Context, j *job, reply any, last bool) {
	m, err := s.ack(j.id, reply)
	if err != nil {
		s.report(ctx, string(j.name), err)
		if m, err = s.ack(j.id, s.encodeError(ctx, err)); err != nil {
			s.report(ctx, string(j.name), err)
			m, _ = s.ack(j.id, errorBody{errorFields{Code: CodeInternal, Message: internalMessage}}) // always encodes
		}
	}
	if s.state() == ended {
		return
	}
	var flags engineio.Flags
	if last {
		flags = engineio.Corked
	}
	if s.conn.es.Send(m, flags) == nil && last {
		s.conn.es.Flush()
	}
}

// ack encodes an answer. Encoding calls the application when a type has a JSON form of its own.
func (s *Socket) ack(id uint64, reply any) (m *engineio.Message, err error) {
	err = protect(func() (err error) { m, err = ack(s.ns, id, reply); return err })
	return m, err
}

func (s *Socket) encodeError(ctx context.Context, err error) (body any) {
	perr := protect(func() error { body = s.conn.server.opts.EncodeError(ctx, s, err); return nil })
	if perr != nil {
		s.report(ctx, "", perr)
		body = encodeError(ctx, s, err)
	}
	return body
}
