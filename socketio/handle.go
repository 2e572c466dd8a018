package socketio

import (
	"context"
	"reflect"
	"runtime/debug"

	"github.com/madang-chat/madang/engineio"
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
			s.runReport(j.refused)
		case jobBarrier:
			j.passed()
		case jobUpgrade:
			s.runUpgrade()
		case jobDisconnect:
			s.runDisconnect(j.reason)
		case jobEvent:
			if s.ns.concurrent(j.name) {
				s.conn.server.workers.run(task{s, j})
			} else {
				s.runEvent(j, s.ns.chain(), last)
			}
		}
	}
}

func (s *Socket) runReport(err error) {
	ctx := s.conn.handling()
	defer ctx.end()
	s.report(ctx, "", err)
}

// runEvent handles one event and answers it. Last says that nothing waits behind it.
func (s *Socket) runEvent(j *job, ch *chain, last bool) {
	defer s.done(j)
	began := s.conn.server.now()
	err := s.handleAndAnswer(j, ch, last)
	s.observeHandled(j, ch, began, err)
}

func (s *Socket) handleAndAnswer(j *job, ch *chain, last bool) error {
	ctx := j.ctx
	reply, err := s.handle(ctx, j, ch)
	err = settle(err)
	if err != nil && is(err, ErrNoHandler) {
		if len(ch.own.any)+len(ch.parent.any) == 0 {
			s.unknown(ctx, string(j.name))
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
		if err := guard(r.AfterAck); err != nil {
			s.report(ctx, string(j.name), err)
		}
	}
	return err
}

// unknown counts an event that nobody handles, and ends the connection when there are too many.
func (s *Socket) unknown(ctx context.Context, event string) {
	c := s.conn
	s.ns.adviseEvent(event)
	if c.overUnknown() {
		s.report(ctx, event, tooManyUnknown)
		c.endAll(ReasonUnknownEvents)
		c.es.Close()
	}
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

// answer sends an ack. The last one for now is written from here, with all that the handlers have
// emitted, which saves a switch of goroutines.
func (s *Socket) answer(ctx context.Context, j *job, reply any, last bool) {
	tmp := scratches.Get().(*scratch)
	defer scratches.Put(tmp)
	a, err := s.ack(tmp, j.id, reply)
	if err != nil {
		s.report(ctx, string(j.name), err)
		if a, err = s.ack(tmp, j.id, s.encodeError(ctx, err)); err != nil {
			s.report(ctx, string(j.name), err)
			if a, err = s.ack(tmp, j.id, errorBody{errorFields{Code: CodeInternal, Message: internalMessage}}); err != nil {
				return // the parser takes none
			}
		}
	}
	if s.state() == ended {
		return
	}
	if q := s.ns.sequence; q.waits() {
		m := a.own()
		if q.behind(func() { _ = s.conn.es.Send(m, 0) }) {
			return
		}
	}
	var flags engineio.Flags
	if last {
		flags = engineio.Corked
	}
	if a.send(s.conn.es, flags) == nil && last {
		s.conn.es.Flush()
	}
}

// ack encodes an answer. Encoding calls the application when a type has a JSON form of its own.
func (s *Socket) ack(tmp *scratch, id uint64, reply any) (a note, err error) {
	defer func() { err = settle(err) }()
	defer recovered(&err)
	var p *plan
	if reply != nil {
		p = planFor(reflect.TypeOf(reply))
	}
	d, err := tmp.packet(packet.Ack, s.ns, id, true, func(dst []byte, atts *[][]byte) ([]byte, error) {
		dst = append(dst, '[')
		var err error
		if p == nil {
			dst = append(dst, "null"...)
		} else {
			dst, err = p.append(dst, reply, atts)
		}
		return append(dst, ']'), err
	})
	if err != nil {
		return note{}, err
	}
	return d.note()
}

func (s *Socket) encodeError(ctx context.Context, err error) (body any) {
	perr := guard(func() { body = s.ns.errorForm()(ctx, s, err) })
	if perr != nil {
		s.report(ctx, "", perr)
		body = encodeError(ctx, s, err)
	}
	return body
}
