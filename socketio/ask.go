package socketio

import (
	"bytes"
	"context"

	"github.com/madang-chat/madang/internal/packet"
)

// asking is an Ask that waits.
type asking struct {
	answer chan answer // room for one: whoever takes the asking out of the table sends
}

type answer struct {
	args Args
	err  error
}

// Ask sends an event and waits for the arguments of its ack, the end of ctx, or the end of the socket
// (ErrDisconnected). It may be used inside a handler of the same socket, but not in middleware (ErrNotConnected). Give ctx a
// deadline: a client may never answer.
func (s *Socket) Ask(ctx context.Context, name string, args ...any) (Args, error) {
	return s.AskEvent(ctx, Outgoing{name: name, args: args})
}

// AskEvent is how descriptors ask.
func (s *Socket) AskEvent(ctx context.Context, o Outgoing) (Args, error) {
	if err := ctx.Err(); err != nil {
		return Args{}, err
	}
	id := s.ns.acks.Add(1) - 1
	m, err := o.message(s.ns.name, id, true)
	if err != nil {
		return Args{}, err
	}
	a := &asking{make(chan answer, 1)}
	if err := s.beginAsk(id, a); err != nil {
		return Args{}, err
	}
	defer s.endAsk()
	if err := s.conn.es.Send(m, 0); err != nil {
		s.forgetAsk(id)
		return Args{}, err
	}
	select {
	case got := <-a.answer:
		return got.args, got.err
	case <-ctx.Done():
		if s.forgetAsk(id) {
			return Args{}, ctx.Err()
		}
		got := <-a.answer // it came at the same moment
		return got.args, got.err
	}
}

// beginAsk registers the wait before the question is written, and keeps reading going while it lasts.
func (s *Socket) beginAsk(id uint64, a *asking) error {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	switch s.state() {
	case ended:
		return ErrClosed
	case connecting:
		return ErrNotConnected
	}
	x := s.extend()
	if x.asks == nil {
		x.asks = make(map[uint64]*asking)
	}
	x.asks[id] = a
	c.asks++
	c.throttle()
	return nil
}

func (s *Socket) endAsk() {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asks--
	c.throttle()
}

// forgetAsk reports whether the wait was still registered.
func (s *Socket) forgetAsk(id uint64) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	_, ok := s.extra.asks[id]
	s.extra.forget(id)
	return ok
}

// forget lets the table go with its last entry.
func (x *extra) forget(id uint64) {
	delete(x.asks, id)
	if len(x.asks) == 0 {
		x.asks = nil
	}
}

// settle hands an ack to the Ask that waits for it. Nobody waiting is no error: it may have given up. It needs conn.mu.
func (s *Socket) settle(p *packet.Packet) {
	if s.extra == nil || !p.HasID {
		return
	}
	a := s.extra.asks[p.ID]
	if a == nil {
		return
	}
	s.extra.forget(p.ID)
	var raw []byte
	if len(p.Data) > 2 {
		raw = bytes.Clone(p.Data[1 : len(p.Data)-1])
	}
	a.answer <- answer{args: Args{raw, p.Attachments}}
}
