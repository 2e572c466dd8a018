package chat

import (
	"context"
	"time"
)

// JoinRequest asks for a seat.
type JoinRequest struct {
	Room  string
	Conn  string // names the connection; one seat serves all connections of an identity
	Grant string // what Enter returned, or ""
	Since *Since // what the client has already read; nil = nothing
}

// Joined is the room as the newcomer finds it.
type Joined struct {
	Room    Room
	Me      Member
	Members []Member // with a seat, in the order they came
	Snapshot
}

// Allowed says whether who may read the room: it has no password, or who owns it, has a seat, or
// has told the password within Limits.GrantLife. Else it fails with WrongPassword, or DoorLocked.
// Who was removed fails with Kicked.
func (h *House) Allowed(ctx context.Context, who Visitor, room, grant string) error {
	r, err := h.awake(ctx, room)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return h.allowed(r, who, grant)
}

// CanEnter is Allowed, and RoomFull when no seat is left for who.
func (h *House) CanEnter(ctx context.Context, who Visitor, room, grant string) error {
	r, err := h.awake(ctx, room)
	if err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := h.allowed(r, who, grant); err != nil {
		return err
	}
	return r.hasSeatFor(who)
}

// allowed is Allowed; r.mu is held.
func (h *House) allowed(r *room, who Visitor, grant string) error {
	if r.closed {
		return Fail(Closed, "the room is closed")
	}
	if err := r.barred(who); err != nil {
		return err
	}
	if err := h.pastDoor(r, who); err != nil {
		return err
	}
	switch {
	case r.rec.PassHash == "", r.rec.OwnerID == who.ID, r.seats[who.ID] != nil,
		r.grants.has(who.ID),
		grantHolds(h.secret, grant, r.id, who.ID, r.rec.PassVer):
		return nil
	}
	return failField(WrongPassword, "password", "the room has a password")
}

// hasSeatFor says whether who has a seat or may get one; mu is held.
func (r *room) hasSeatFor(who Visitor) error {
	most := r.rec.Max
	if r.capped != 0 {
		most = min(most, r.capped)
	}
	if r.seats[who.ID] == nil && len(r.seats) >= most {
		return Fail(RoomFull, "the room is full")
	}
	return nil
}

// Enter checks the password, which a room without one doesn't look at. The grant lets the session
// in without it for Limits.GrantLife, also after a restart; this process remembers it by itself.
// With RoomFull the grant is returned too.
//
// Where many newcomers come it fails with ProofNeeded, as Join does; one [House.Prove] is enough
// for both.
//
// Wrong passwords are counted by session and, because a session costs nothing, by address as well.
// After too many even the right one is RateLimited.
func (h *House) Enter(ctx context.Context, who Visitor, room, password string) (grant string, err error) {
	r, err := h.awake(ctx, room)
	if err != nil {
		return "", err
	}
	r.mu.Lock()
	hash, ver := r.rec.PassHash, r.rec.PassVer
	if err = r.barred(who); err == nil {
		err = h.pastDoor(r, who)
	}
	if err == nil && hash != "" { // else there is nothing to try
		err = h.vouch(r, who)
	}
	r.mu.Unlock()
	if err != nil {
		return "", err
	}
	if hash != "" {
		if err := h.guess(ctx, who, r, password, hash); err != nil {
			return "", err
		}
	}
	until := time.Now().Add(h.limits.GrantLife)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rec.PassVer != ver { // changed meanwhile
		return "", failField(WrongPassword, "password", "wrong password")
	}
	if hash != "" {
		r.grants.put(who.ID, until)
	}
	return signGrant(h.secret, r.id, who.ID, ver, until), r.hasSeatFor(who)
}

// Join takes a seat for who, or adds a connection to the one it has, and reads the room. It fails
// with NoSuchRoom, Closed, DoorLocked, WrongPassword, RoomFull, ProofNeeded or, when it takes seats
// or reads too often, RateLimited. A seat counts at once: there are never more than Max. Who
// returns while the seat is kept makes no join line.
func (h *House) Join(ctx context.Context, who Visitor, q JoinRequest) (Joined, error) {
	r, err := h.room(q.Room)
	if err != nil {
		return Joined{}, err
	}
	if err := h.sit(ctx, r, who, q); err != nil {
		return Joined{}, err
	}
	snap, err := h.read(ctx, r.id, q.Since)
	if err == nil {
		err = r.reach(ctx, snap.Rev)
	}
	if err != nil {
		h.Gone(who, r.id, q.Conn)
		return Joined{}, err
	}
	h.observer.read(q.Since, snap)
	r.mu.Lock()
	defer r.mu.Unlock()
	me := r.knows(who.ID)
	if me == nil { // removed, and forgotten, meanwhile
		return Joined{}, notMember()
	}
	return Joined{Room: r.view(), Me: *me, Members: r.present(), Snapshot: snap}, nil
}

// sit gives the connection its part of a seat. A newcomer comes with the name that it has by now,
// and no change of it gets between.
func (h *House) sit(ctx context.Context, r *room, who Visitor, q JoinRequest) error {
	for {
		done, err := h.naming.take(ctx, who.ID)
		if err != nil {
			return err
		}
		id, err := h.profile(ctx, r, who.Identity)
		if err == nil && h.Ended(who) { // while it waited for its turn
			err = Fail(Unauthorized, "unknown session")
		}
		if err != nil {
			done()
			return err
		}
		if err := h.wake(ctx, r); err != nil {
			done()
			return err
		}
		r.mu.Lock()
		if r.people == nil && !r.closed { // it fell asleep again
			r.mu.Unlock()
			done()
			continue
		}
		err = h.allowed(r, who, q.Grant)
		if err == nil {
			err = r.hasSeatFor(who)
		}
		if err == nil {
			err = h.bans.check(who) // a ban looks for the seats that there are
		}
		s := r.seats[who.ID]
		newcomer := r.knows(who.ID) == nil
		if err == nil && s == nil {
			err = h.vouch(r, who)
		}
		switch {
		case err != nil:
		case s == nil: // newcomers are two lines in the room each
			err = h.rates.take(append(h.rates.address(&h.rates.addressJoins, who.From, 1),
				one(&h.rates.joins, who.ID), one(&h.rates.roomJoins, r.id))...)
		case s.moving == nil: // who has a seat only reads
			err = h.rates.take(h.rates.visitor(&h.rates.history, who)...)
		}
		if err != nil {
			r.mu.Unlock()
			done()
			return err
		}
		if s == nil {
			s = &seat{member: r.member(id), conns: map[string]string{q.Conn: who.From}, moving: make(chan struct{})}
			r.place(s)
			r.idle.stop()
			if newcomer {
				h.arrived(r, who)
			}
			r.mu.Unlock()
			done()
			return h.take(ctx, r, s)
		}
		if s.moving == nil {
			s.conns[q.Conn] = who.From
			s.away.stop()
			r.mu.Unlock()
			done()
			return nil
		}
		moving := s.moving
		r.mu.Unlock()
		done()
		select {
		case <-moving:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// take commits the join line of a seat whose moving the caller has set.
func (h *House) take(ctx context.Context, r *room, s *seat) error {
	// A visitor who goes away meanwhile must not leave a seat between two states.
	err := h.commitLine(context.WithoutCancel(ctx), r, s, Message{Code: LineJoin}, SeatTaken, EventJoined, func() {
		s.member.Left, s.member.Removed = time.Time{}, time.Time{}
		delete(r.kicked, s.member.ID)
		s.taken, s.since = true, now()
		r.order = append(r.order, s)
	})
	if err == nil {
		h.observer.joined()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	close(s.moving)
	s.moving = nil
	if err != nil {
		r.drop(s)
		h.rest(r)
		return storeError("take a seat", err)
	}
	r.stuck = 0
	h.wait(r, s)
	return nil
}
