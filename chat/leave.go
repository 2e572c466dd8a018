package chat

import (
	"context"
	"slices"
	"time"
)

// Leave takes a connection from its seat; the last one frees the seat at once. It returns after the
// exit line's commit. Leaving a room without a seat there is NotMember.
func (h *House) Leave(ctx context.Context, who Visitor, room, conn string) error {
	r, err := h.room(room)
	if err != nil {
		return err
	}
	r.mu.Lock()
	s := r.seats[who.ID]
	if s == nil {
		r.mu.Unlock()
		return notMember()
	}
	s.lose(conn)
	if len(s.conns) > 0 || s.moving != nil {
		r.mu.Unlock()
		return nil
	}
	r.free(s)
	r.mu.Unlock()
	return h.exit(ctx, r, s)
}

// Gone says that a connection has ended by itself. The last one's seat is kept for
// Limits.SeatGrace, for the visitor who returns. Unknown rooms and connections are ignored.
func (h *House) Gone(who Visitor, room, conn string) {
	r, err := h.room(room)
	if err != nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.seats[who.ID]
	if s == nil {
		return
	}
	if s.lose(conn) {
		h.wait(r, s)
	}
}

// lose takes a connection from a seat and tells whether it was there; the room's mu is held.
func (s *seat) lose(conn string) bool {
	from, ok := s.conns[conn]
	if ok {
		s.last = from
		delete(s.conns, conn)
	}
	return ok
}

// MayPost fails with NotMember, NoSuchRoom, Closed, ReadOnly, SlowMode or others when who can't
// send to the room.
func (h *House) MayPost(who Visitor, room string) error {
	r, err := h.room(room)
	if err != nil {
		return err
	}
	by, err := r.sender(who)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mayWrite(by)
}

// sender is the member that who is, if it has a seat.
func (r *room) sender(who Visitor) (Member, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return Member{}, Fail(Closed, "the room is closed")
	}
	s := r.seats[who.ID]
	if err := r.barred(who); err != nil {
		return Member{}, err
	}
	if s == nil || !s.taken {
		return Member{}, notMember()
	}
	return *s.member, nil
}

func notMember() error { return Fail(NotMember, "not a member of the room") }

// wait starts the grace of a settled seat without connections; r.mu is held.
func (h *House) wait(r *room, s *seat) {
	if len(s.conns) == 0 && s.moving == nil {
		s.away.set(h, h.limits.SeatGrace, func() { h.expire(r, s) })
	}
}

// expire frees a seat whose grace has passed.
func (h *House) expire(r *room, s *seat) {
	r.mu.Lock()
	due := r.seats[s.member.ID] == s && s.moving == nil && len(s.conns) == 0 && s.away.passed() && !r.closed
	if due {
		r.free(s)
	}
	r.mu.Unlock()
	if !due {
		return
	}
	if err := h.exit(context.Background(), r, s); err != nil {
		h.failed(context.Background(), "exit", "exit line not kept", "room", r.id, "error", err)
	}
}

// free begins the exit of a seat; mu is held. The seat counts until the exit is kept.
func (r *room) free(s *seat) {
	s.away.stop()
	s.moving = make(chan struct{})
}

// exit commits the exit line of a seat whose moving the caller has set. The seat is free afterwards
// in any case: what the store can't write must not fill the room.
func (h *House) exit(ctx context.Context, r *room, s *seat) error {
	return h.exitBy(ctx, r, s, Message{Code: LineExit}, SeatFreed)
}

// exitBy is exit with another line.
func (h *House) exitBy(ctx context.Context, r *room, s *seat, line Message, seat SeatChange) error {
	err := h.commitLine(context.WithoutCancel(ctx), r, s, line, seat, EventLeft, func() {
		s.member.Left = now()
		if seat == SeatRemoved {
			s.member.Removed = s.member.Left
			h.keepOut(r, *s.member)
		}
		r.drop(s)
	})
	h.observer.left()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.drop(s)
	close(s.moving)
	h.rest(r)
	if err != nil {
		return storeError("free a seat", err)
	}
	return nil
}

// drop takes a seat away; mu is held.
func (r *room) drop(s *seat) {
	s.taken = false
	r.used = time.Now()
	if r.seats[s.member.ID] == s {
		delete(r.seats, s.member.ID)
		r.release(s.member.ID, s.member.Nickname)
	}
	r.order = slices.DeleteFunc(r.order, func(o *seat) bool { return o == s })
}

// restMost bounds how often the grace of a room that the store doesn't remove is doubled.
const restMost = 5

// rest starts the grace of a room without seats; r.mu is held. Each failure to remove it makes the
// grace longer: a store that fails isn't helped by all rooms trying twice a minute.
func (h *House) rest(r *room) {
	if len(r.seats) == 0 && !r.closed {
		r.idle.set(h, h.limits.EmptyGrace<<min(r.stuck, restMost), func() { h.closeEmpty(r) })
	}
}

// commitLine keeps a system line about a seat and tells the listeners. change is applied to the
// room, with r.mu held, between commit and event.
func (h *House) commitLine(ctx context.Context, r *room, s *seat, line Message, seat SeatChange, kind EventKind, change func()) error {
	r.mu.Lock()
	line.By = *s.member
	r.mu.Unlock()
	line.By.Left = time.Time{}
	return h.keepLine(ctx, r, Entry{Message: line, Seat: seat}, func(m Message) {
		change()
		r.announce(kind, &m)
		h.tell(r)
	})
}

// keepLine keeps a system line. committed is called after the commit, with r.mu held.
func (h *House) keepLine(ctx context.Context, r *room, e Entry, committed func(Message)) error {
	m := &e.Message
	m.ID, m.Room, m.CID, m.Kind, m.Created = NewID(), r.id, systemCID(), KindSystem, now()
	_, _, err := h.store.Append(ctx, e, func(m Message) {
		r.mu.Lock()
		defer r.mu.Unlock()
		committed(m)
	})
	return err
}
