package socketio

import (
	"cmp"
	"slices"

	"github.com/madang-chat/madang/engineio"
)

// An event is one that a sequence sends, of this server or of another one.
type event struct {
	out    Outgoing
	draft  draft
	target Target // without from, unless that is the only receiver
	kept   bool   // the log has it, or should have
	// fixed are sockets that have entered or left a room of the target, or the namespace, while the
	// event was on its way: whether they get it. Guarded by the sequence's mu.
	fixed map[*Socket]bool
}

// plain says with rooms what t says with a socket.
func (t Target) plain() Target {
	switch s := t.from; {
	case s == nil:
	case t.alone:
		t.from, t.alone, t.narrowed, t.rooms = nil, false, true, []string{s.id}
	default:
		t.from, t.except = nil, with(t.except, s.id)
	}
	return t
}

// emit sends an event by way of the log, or in its turn when it isn't kept.
func (q *sequence) emit(t Target, o Outgoing, d draft) error {
	n := q.ns
	e := &event{out: o, draft: d, target: t, kept: !t.latest && !t.local && (!t.narrowed || len(t.rooms) > 0)}
	if t.alone {
		e.kept = e.kept && t.from.state() == joined && t.from.Protocol() == 4
	}
	if e.kept || !t.alone {
		e.target = t.plain()
	}
	next := &turn{event: e, ready: !e.kept}
	var m *BusMessage
	if e.kept || n.beyond(t) {
		args, err := o.Args()
		if err != nil {
			return err
		}
		m = &BusMessage{Kind: BusEmit, Event: o.Name(), Args: args}
		n.address(e.target, m)
	}
	if e.kept {
		next.number = n.server.numbers.Add(1)
		m.Number = next.number
	}
	q.mu.Lock()
	q.push(next)
	q.mu.Unlock()
	if m == nil {
		return nil
	}
	err := q.bus.Publish(m)
	if err != nil && e.kept {
		q.giveUp(next)
	}
	return published(err)
}

// crowd is how many events of other servers may wait in the line for a moment.
const crowd = 1 << 10

// come sends an event of another server. What it came with can't be encoded: an error.
func (q *sequence) come(m *BusMessage) error {
	t, o := m.target(q.ns), m.outgoing()
	d, err := o.draft(q.ns, 0, false)
	if err != nil {
		return err
	}
	offset := m.Offset
	if !isOffset(offset) {
		offset = "" // it isn't in the log
	}
	e := &event{out: o, draft: d, target: t, kept: !m.Latest}
	q.line.Add(0, call, func() { q.send(e, nil, offset) })
	if q.heard.Add(1)%crowd == 0 {
		q.settle()
	}
	return nil
}

// send queues an event for its receivers. It is of the line. Without an offset it gets the newest
// one, so that clients don't take a text of the event for theirs.
func (q *sequence) send(e *event, own *turn, offset string) {
	t := e.target
	q.mu.Lock()
	newest := offset
	switch {
	case own != nil && own.failed:
		q.doubt = own.number
	case own != nil && offset != "":
		q.doubt = 0 // the log has events of one server in order: nothing older comes
	}
	switch {
	case q.doubt > 0: // whoever knew this offset might get the doubtful event once more
		newest = unknownOffset
	case offset != "":
	default:
		newest = q.newest // empty: nothing was sent since the beginning
	}
	shown := cmp.Or(newest, unknownOffset)
	switch {
	case !t.alone:
	case t.from.Protocol() == 3:
		shown = ""
	case t.from.session.ahead(newest, q.eras):
		shown = t.from.session.after
	}
	q.mu.Unlock()
	m, err := e.draft.message(shown)
	if err != nil {
		q.ns.server.failed(q.ns.server.ctx, "encode an event", e.out.failed(err), "namespace", q.ns.name)
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.newest = newest
	if offset != "" {
		if q.top != "" && compareOffsets(offset, q.top) < 0 {
			q.eras++
		}
		q.top = offset
	}
	if t.alone {
		if t.from.state() != ended || t.from.hears() {
			_ = t.from.queue(m, t) // a failure closes the receiver and is told there
		}
		return
	}
	q.deliver(e, own, m, newest, offset)
	if e.kept {
		for _, c := range q.comers {
			c.see(e, m, offset)
		}
	}
}

// deliver needs mu.
func (q *sequence) deliver(e *event, own *turn, m *engineio.Message, newest, offset string) {
	t := e.target
	t.flags |= engineio.Later
	q.ns.receivers(t, func(s *Socket) {
		yes, fixed := e.fixed[s]
		delete(e.fixed, s)
		switch x := s.session; {
		case fixed && !yes:
		case x != nil && own != nil && x.since >= own.at: // it came later
		case x != nil && x.has(offset, q.eras):
		case !e.kept && x.ahead(newest, q.eras):
			// it may be dropped, and would take the client back
		default:
			_ = s.queue(m, t) // a failure closes the receiver and is told there
		}
	})
	for s, yes := range e.fixed {
		if yes && s.hears() {
			_ = s.queue(m, t)
		}
	}
}

// has reports whether a client got an event with what it missed.
func (x *session) has(offset string, era int) bool {
	switch {
	case offset == "" || x.after == "":
		return false
	case x.era == era && compareOffsets(offset, x.after) <= 0:
		return true
	}
	x.after = ""
	return false
}

// ahead reports whether a client that came from another server knows more of the log than this one
// has sent.
func (x *session) ahead(newest string, era int) bool {
	switch {
	case x == nil || x.after == "" || x.era != era:
		return false
	case newest == "":
		return true
	}
	return isOffset(newest) && compareOffsets(newest, x.after) < 0
}

// hears reports whether what is sent to a socket, which may have ended behind it, reaches the same
// one at the client.
func (s *Socket) hears() bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.state() == joined || s.conn.find(s.ns.name) == nil
}

// change notes for all that waits whether a socket gets it that is about to enter or leave a room.
// It needs mu.
func (q *sequence) change(s *Socket, room string) {
	if s.state() != joined {
		return
	}
	for _, t := range q.turns {
		if e := t.event; e != nil && (slices.Contains(e.target.rooms, room) || slices.Contains(e.target.except, room)) {
			e.fix(s, t)
		}
	}
}

// fix needs the sequence's mu.
func (e *event) fix(s *Socket, t *turn) {
	if _, known := e.fixed[s]; known || e.target.alone {
		return
	}
	if e.fixed == nil {
		e.fixed = make(map[*Socket]bool)
	}
	in := func(name string) bool { return name == s.id || s.seatIn(name) != nil }
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	e.fixed[s] = (s.session == nil || s.session.since < t.at) && e.target.reaches(in)
}

// reaches reports whether t, which is plain, means a socket by the rooms that it is in.
func (t Target) reaches(in func(string) bool) bool {
	return (!t.narrowed || slices.ContainsFunc(t.rooms, in)) && !slices.ContainsFunc(t.except, in)
}
