package chat

import (
	"context"
	"maps"
	"time"
)

// acting finds a room and who acts there, who has a seat.
func (h *House) acting(who Visitor, room string) (r *room, by Member, err error) {
	if err := h.bans.check(who); err != nil {
		return nil, Member{}, err
	}
	if r, err = h.room(room); err != nil {
		return nil, Member{}, err
	}
	if by, err = r.sender(who); err != nil {
		return nil, Member{}, err
	}
	return r, by, h.rates.take(one(&h.rates.acts, who.ID))
}

// overOthers is acting for what gives somebody a role, or sends somebody out: one at a time in a
// room, until done, so that nobody is sent out of a room who has just become its owner.
func (h *House) overOthers(ctx context.Context, who Visitor, room string) (r *room, by Member, done func(), err error) {
	if r, by, err = h.acting(who, room); err != nil {
		return nil, Member{}, nil, err
	}
	if done, err = h.power.take(ctx, r.id); err != nil {
		return nil, Member{}, nil, err
	}
	return r, by, done, nil
}

// inCharge finds a room and fails unless who may do there what is on nobody.
func (h *House) inCharge(who Visitor, id string, a Act) (*room, error) {
	r, by, err := h.acting(who, id)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if role := r.roleOf(by.ID); !role.May(a) {
		return nil, role.needs(a)
	}
	return r, nil
}

// target is who wears a color in the room, for an act of by; mu is held.
func (r *room) target(a Act, by Member, user string) (*Member, error) {
	to := r.wearer(user)
	switch {
	case to == nil:
		return nil, failField(NotFound, "user", "nobody in the room has that color")
	case to.ID == by.ID:
		return nil, failField(BadRequest, "user", "that is yourself")
	case !r.roleOf(by.ID).MayTo(a, to.Role):
		return nil, r.roleOf(by.ID).needs(a)
	}
	return to, nil
}

// wearer is the member with a color, or nil; mu is held.
func (r *room) wearer(color string) *Member {
	for _, m := range r.everyone() {
		if m.Color == color {
			return m
		}
	}
	return nil
}

// roleOf is the role of a session, which the room needn't know; mu is held.
func (r *room) roleOf(session string) Role {
	if m := r.knows(session); m != nil {
		return m.Role
	}
	return RoleMember
}

// Remove takes somebody, who wears the color user, out of a room. Its connections are told by an
// EventOut; it can't come back for Limits.KickPause. It fails with NotInCharge, NotOwner, or
// NotFound when that one isn't there.
func (h *House) Remove(ctx context.Context, who Visitor, room, user string) error {
	r, by, done, err := h.overOthers(ctx, who, room)
	if err != nil {
		return err
	}
	defer done()
	r.mu.Lock()
	to, err := r.target(ActRemove, by, user)
	if err == nil && r.seats[to.ID] == nil {
		err = failField(NotFound, "user", "that one isn't in the room")
	}
	if err != nil {
		r.mu.Unlock()
		return err
	}
	gone := *to
	gone.Removed = time.Now()
	h.keepOut(r, gone) // before the line: it doesn't come back between
	r.mu.Unlock()
	_, err = h.evict(ctx, r, to.ID, Message{Code: LineRemoved, Actor: &by})
	return err
}

// keepOut lets a removed member come back after Limits.KickPause, or to a locked door not at all;
// r.mu is held.
func (h *House) keepOut(r *room, m Member) {
	maps.DeleteFunc(r.kicked, func(_ string, until time.Time) bool { return time.Since(until) >= h.limits.DoorMemory })
	if r.kicked == nil {
		r.kicked = map[string]time.Time{}
	}
	r.kicked[m.ID] = m.Removed.Add(h.limits.KickPause)
}

// evict frees the seat of who is barred, with a line, and lets the doors know. Without a seat it
// does nothing.
func (h *House) evict(ctx context.Context, r *room, session string, line Message) (done bool, err error) {
	for {
		r.mu.Lock()
		s := r.seats[session]
		if s == nil || r.closed {
			r.mu.Unlock()
			return false, nil
		}
		if moving := s.moving; moving != nil {
			r.mu.Unlock()
			<-moving
			continue
		}
		clear(s.conns)
		r.free(s)
		r.mu.Unlock()
		err = h.exitBy(ctx, r, s, line, SeatRemoved)
		// Also when the line couldn't be kept: nobody who is out may hear more.
		r.mu.Lock()
		defer r.mu.Unlock()
		r.stream.put(item{event: Event{Kind: EventOut, Room: r.view(), Who: session, Why: r.barred(Visitor{Identity: s.member.Identity})}})
		return true, err
	}
}
