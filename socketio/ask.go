package socketio

import (
	"bytes"
	"context"

	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/packet"
)

// An answer is what became of one question to one socket.
type answer struct {
	args Args
	err  error
}

// Ask sends an event and waits for its ack, the end of ctx or of the socket: ErrDisconnected. In
// middleware it is ErrNotConnected. Give ctx a deadline.
func (s *Socket) Ask(ctx context.Context, name string, args ...any) (Args, error) {
	return s.AskEvent(ctx, Outgoing{name: name, args: args})
}

func (s *Socket) AskEvent(ctx context.Context, o Outgoing) (Args, error) {
	if err := ctx.Err(); err != nil {
		return Args{}, err
	}
	id := s.ns.acks.Add(1) - 1
	m, err := o.message(s.ns, id)
	if err != nil {
		return Args{}, err
	}
	over := ctx.Done() // asked before the wait is registered, as it may panic
	// One has room: whoever takes the question out of the table sends.
	answered := make(chan answer, 1)
	if err := s.beginAsk(id, func(a answer) { answered <- a }); err != nil {
		return Args{}, err
	}
	if q := s.ns.sequence; q.waits() {
		err = q.ask(s, m, id, 0)
	} else {
		err = s.conn.es.Send(m, 0)
	}
	if err != nil {
		s.forgetAsk(id)
		return Args{}, err
	}
	select {
	case got := <-answered:
		return got.args, got.err
	case <-over:
		if s.forgetAsk(id) {
			return Args{}, calm.Context(ctx).Err()
		}
		got := <-answered // it came at the same moment
		return got.args, got.err
	}
}

// beginAsk registers the wait before the question is written, and keeps reading going while it
// lasts. Settle is called once unless forgetAsk takes the question back, possibly under conn.mu: it
// must not block.
func (s *Socket) beginAsk(id uint64, settle func(answer)) error {
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
		x.asks = make(map[uint64]func(answer))
	}
	x.asks[id] = settle
	c.asks++
	c.throttle()
	return nil
}

// forgetAsk reports whether the wait was still registered.
func (s *Socket) forgetAsk(id uint64) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.takeAsk(id) != nil
}

// takeAsk takes a question out of the table, and lets the table go with its last entry. It needs
// conn.mu.
func (s *Socket) takeAsk(id uint64) func(answer) {
	x := s.extra
	if x == nil || x.asks[id] == nil {
		return nil
	}
	settle := x.asks[id]
	delete(x.asks, id)
	if len(x.asks) == 0 {
		x.asks = nil
	}
	s.conn.asks--
	s.conn.throttle()
	return settle
}

// settle hands an ack to the Ask that waits for it. Nobody waiting is no error: it may have given
// up. It needs conn.mu.
func (s *Socket) settle(p *packet.Packet) (asked bool) {
	if !p.HasID {
		return false
	}
	settle := s.takeAsk(p.ID)
	if settle == nil {
		return false
	}
	var raw []byte
	if len(p.Data) > 2 {
		raw = bytes.Clone(p.Data[1 : len(p.Data)-1])
	}
	settle(answer{args: Args{raw, p.Attachments}})
	return true
}
