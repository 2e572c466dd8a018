package socketio

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// storePatience bounds each question to the log and to the store of sessions.
const storePatience = 3 * time.Second

// A holder is the socket that has a session, or that asks for it.
type holder struct {
	socket *Socket
	taken  bool          // the session is its own
	next   *Socket       // the newest one that waits for it
	gone   chan struct{} // closed when it is somebody else's turn
}

// hold makes a socket the holder of a session, unless another one is. It needs mu.
func (q *sequence) hold(pid string, s *Socket, taken bool) (h holder, ok bool) {
	h, known := q.holders[pid]
	if known && h.socket != s {
		return h, false
	}
	if !known {
		h = holder{socket: s, gone: make(chan struct{})}
	}
	h.taken = h.taken || taken
	q.holders[pid] = h
	return h, true
}

// free ends that.
func (q *sequence) free(pid string, s *Socket) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.drop(pid, s)
}

// drop is free for who has mu.
func (q *sequence) drop(pid string, s *Socket) {
	if h := q.holders[pid]; h.socket == s && s != nil {
		delete(q.holders, pid)
		close(h.gone)
	}
}

// handOver saves the session of a socket that has ended and whose handlers are done.
func (q *sequence) handOver(s *Socket) {
	x := s.session
	if x == nil {
		return
	}
	defer q.free(x.pid, s)
	// An end by choice was told at once.
	s.conn.mu.Lock()
	why := x.why
	s.conn.mu.Unlock()
	if why.Recoverable() {
		q.save(&BusSession{PID: x.pid, SID: s.id, Rooms: s.Rooms(), Data: s.saved()})
	}
}

func (q *sequence) save(x *BusSession) {
	ctx, cancel := context.WithTimeout(q.ns.server.working, storePatience)
	defer cancel()
	if err := q.bus.SaveSession(ctx, q.ns.name, x, q.opts.Duration); err != nil {
		q.ns.adviseStore("save the session of a client that is away", err)
	} else if q.ns.parent != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.away == nil {
			q.away = make(map[string]time.Time)
		}
		q.away[x.PID] = time.Now().Add(q.opts.Duration)
	}
}

// awaits reports whether somebody may come back to a dynamic namespace, whose events are for them.
func (q *sequence) awaits() bool {
	if q == nil {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	maps.DeleteFunc(q.away, func(_ string, end time.Time) bool { return time.Now().After(end) })
	return len(q.away) > 0
}

// saved is the values of a socket's own Keys, as another server can read them.
func (s *Socket) saved() map[string]Args {
	s.conn.mu.Lock()
	var own []entry
	data := make(map[string]Args)
	if x := s.extra; x != nil {
		own = slices.Clone(x.values)
		for name, v := range x.stored {
			data[name] = v
		}
	}
	s.conn.mu.Unlock()
	for _, e := range own {
		if _, gone := e.value.(deleted); gone {
			continue
		}
		if v, err := ArgsOf(e.value); err == nil && v.Len() == 1 {
			data[e.key.name] = v
		}
	}
	return data
}

// drained waits until nothing is on its way that could still be written.
func (q *sequence) drained(ctx context.Context) error {
	done := make(chan struct{})
	if !q.behind(func() { close(done) }) {
		return nil
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// afterAll does something when the turn has come in all of the sequences.
func afterAll(list []*sequence, do func()) {
	if len(list) == 0 {
		do()
		return
	}
	afterAll(list[1:], func() {
		if !list[0].behind(do) {
			do()
		}
	})
}

// sequences are those that something waits in for a connection.
func (c *conn) sequences() (list []*sequence) {
	if c.server.keeps == nil {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.ns.sequence.waits() {
			list = append(list, s.ns.sequence)
		}
	}
	return list
}

// farewell sends the last packet of a socket that is about to end behind what waits for it, and
// reports false when nothing does.
func (q *sequence) farewell(s *Socket, m *engineio.Message) bool {
	if !q.waits() {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.turns) == 0 {
		return false
	}
	for _, t := range q.turns {
		if t.event != nil {
			t.event.fix(s, t)
		}
	}
	q.push(&turn{ready: true, do: func() {
		if s.hears() {
			_ = s.conn.es.Send(m, 0) // fails only when the connection is over anyway
		}
	}})
	return true
}

// ask sends a question behind what waits.
func (q *sequence) ask(s *Socket, m *engineio.Message, id uint64, flags engineio.Flags) error {
	send := func() error { return s.conn.es.Send(m, flags) }
	later := func() {
		if err := send(); err != nil {
			s.conn.mu.Lock()
			settle := s.takeAsk(id)
			s.conn.mu.Unlock()
			if settle != nil {
				settle(answer{err: err})
			}
		}
	}
	if q.behind(later) {
		return nil
	}
	return send()
}
