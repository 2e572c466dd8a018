package socketio

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/madang-chat/madang/engineio"
)

// A comeback is a client that is about to continue a session: what it missed, and what comes while
// its middleware runs.
type comeback struct {
	session *BusSession
	rooms   map[string]bool
	seats   []membership // of these, in order
	after   string       // the newest event that was read
	missed  []parcel
	bytes   int // of those

	most, room int
	came       []parcel // from the log since; guarded by the sequence's mu
	size       int      // of those; the same
	over       bool     // that was too much; the same
}

// A parcel is an event that is ready to be sent.
type parcel struct {
	m      *engineio.Message
	flags  engineio.Flags
	offset string
}

// see takes what is sent to others. It needs the sequence's mu.
func (c *comeback) see(e *event, m *engineio.Message, offset string) {
	if c.over || !e.target.reaches(c.in) {
		return
	}
	if c.size += e.draft.size(); c.size > c.room || len(c.came) >= c.most {
		c.over, c.came = true, nil
		return
	}
	c.came = append(c.came, parcel{m, e.target.flags, offset})
}

func (c *comeback) in(room string) bool { return c.rooms[room] }

// resume finds the session that a client wants to continue, on any server, and gives the socket a
// session.
func (q *sequence) resume(s *Socket, pid, offset string) {
	next := s.newSession()
	if pid != "" && len(pid) <= maxSessionID {
		found, err := q.find(s.Context(), s, pid)
		switch {
		case err != nil && s.Context().Err() == nil && !errors.Is(err, errHeld):
			q.ns.adviseStore("find the session of a client that comes back", err)
		case found != nil:
			q.welcome(s, next, found, offset)
		}
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.session = next
	if c := next.comeback; c != nil {
		s.extend().stored = maps.Clone(c.session.Data)
	}
	s.id = next.sid
}

// welcome makes next the successor of a session that was found, or gives that up.
func (q *sequence) welcome(s *Socket, next *session, found *BusSession, offset string) {
	c := &comeback{session: found, rooms: make(map[string]bool), after: offset, most: q.opts.MaxPackets, room: min(q.opts.MaxBytes, q.room)}
	c.rooms[found.SID] = true
	for _, name := range found.Rooms {
		if !c.rooms[name] {
			c.rooms[name] = true
			c.seats = append(c.seats, membership{room: name})
		}
	}
	few := len(c.seats) <= s.conn.server.opts.MaxRooms
	if few && isOffset(offset) && s.placeAgain(c.seats) {
		q.mu.Lock()
		q.comers = append(q.comers, c)
		q.mu.Unlock()
		if err := q.read(s.Context(), c); err == nil && s.conn.owe(c.bytes, q.room) {
			next.pid, next.sid, next.recovered, next.owed = found.PID, found.SID, RecoveryFull, c.bytes
			next.comeback, next.placed = c, true
			return
		} else if err != nil && !errors.Is(err, ErrOffset) && !errors.Is(err, errTooMuch) && s.Context().Err() == nil {
			q.ns.adviseStore("read what a client missed", err)
		}
		s.giveBack(c.seats)
		q.leave(c)
	}
	if s.Context().Err() == nil && few && q.opts.RestorePartial && s.placeAgain(c.seats) {
		next.recovered, next.comeback, next.placed = RecoveryPartial, c, true
		return
	}
	q.putBack(found, s)
}

// putBack saves a session once more that a socket didn't continue, without having it wait.
func (q *sequence) putBack(x *BusSession, s *Socket) {
	w := &q.ns.server.workers
	w.hold()
	go func() {
		defer w.free()
		defer q.free(x.PID, s)
		q.save(x)
	}()
}

// leave ends what a comeback sees.
func (q *sequence) leave(c *comeback) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.forget(c)
}

// forget needs mu.
func (q *sequence) forget(c *comeback) {
	for i, other := range q.comers {
		if other == c {
			last := len(q.comers) - 1
			q.comers[i], q.comers[last] = q.comers[last], nil
			q.comers = q.comers[:last]
			return
		}
	}
}

var errTooMuch = errors.New("socketio: the client missed too much")

// page is how many events are read at a time.
const page = 1_000

// read reads what a client missed: MaxPackets events of the namespace at most.
func (q *sequence) read(ctx context.Context, c *comeback) error {
	for read := 0; ; {
		list, err := q.since(ctx, c.after)
		if err != nil {
			return err
		}
		if read += len(list); read > c.most {
			return errTooMuch
		}
		for _, m := range list {
			if m == nil || !isOffset(m.Offset) || compareOffsets(m.Offset, c.after) <= 0 {
				return fmt.Errorf("socketio: the log is out of order behind %q", c.after)
			}
			c.after = m.Offset
			if err := q.add(c, m); err != nil {
				return err
			}
		}
		if len(list) < page {
			return nil
		}
	}
}

func (q *sequence) since(ctx context.Context, offset string) ([]*BusMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	return q.bus.Since(ctx, q.ns.name, offset, page)
}

// add keeps an event of the log, if the client was meant.
func (q *sequence) add(c *comeback, m *BusMessage) error {
	t := m.target(q.ns)
	if m.Latest || m.Kind != BusEmit || m.Request != "" || !t.reaches(c.in) {
		return nil
	}
	o := m.outgoing()
	if err := checkEvent(o.name); err != nil {
		return nil // it was skipped when it came, too
	}
	d, err := o.packet(nil, q.ns, 0, false)
	if err != nil {
		return nil // the same
	}
	if c.bytes += d.size(); c.bytes > c.room {
		return errTooMuch
	}
	d.codec = q.ns.server.codec
	e, err := d.message(m.Offset)
	if err != nil {
		return o.failed(err)
	}
	c.missed = append(c.missed, parcel{e, t.flags, m.Offset})
	return nil
}

// join brings back what a session lost and connects the socket.
func (q *sequence) join(s *Socket, answer *engineio.Message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	x := s.session
	x.since = q.count
	if c := x.comeback; c != nil && !q.restore(s, c) {
		return false
	}
	if !s.enter(answer) {
		return false
	}
	q.hold(x.pid, s, true)
	if c := x.comeback; c != nil {
		q.forget(c)
		x.comeback = nil
		if c.session.PID != x.pid {
			q.drop(c.session.PID, s)
		}
	}
	return true
}

// restore needs mu.
func (q *sequence) restore(s *Socket, c *comeback) bool {
	x := s.session
	x.placed = false
	joined := true
	for _, m := range c.seats { // also behind an error: each gives its place back
		joined = s.ns.rooms.join(s, m.room, 0, true) == nil && joined
	}
	if !joined || c.over {
		return false
	}
	if x.recovered != RecoveryFull {
		return true
	}
	x.since, x.after, x.era = 0, c.after, q.eras
	for _, p := range c.missed {
		if s.conn.es.Send(p.m, p.flags|engineio.Corked) != nil {
			return false
		}
	}
	for _, p := range c.came {
		if x.has(p.offset, q.eras) {
			continue
		}
		if s.conn.es.Send(p.m, p.flags|engineio.Corked) != nil {
			return false
		}
	}
	return true
}

// abandon gives back the session that a socket was about to continue.
func (q *sequence) abandon(s *Socket) {
	x := s.session
	c := x.comeback
	if c == nil {
		return
	}
	x.comeback = nil
	q.leave(c)
	s.conn.owe(-x.owed, q.room)
	if x.placed {
		x.placed = false
		s.giveBack(c.seats)
	}
	q.putBack(c.session, s)
}
