package chat

import (
	"context"
	"errors"
	"time"
)

// people are whom a room knows: everyone who ever had a seat, and its owner.
type people struct {
	members map[string]*Member // by session
	colors  map[string]bool
	called  callings          // names of members
	looks   [Hues][Shapes]int // members per hue and shape
}

func newPeople() *people {
	return &people{members: map[string]*Member{}, colors: map[string]bool{}, called: newCallings()}
}

// dozeAfter is how long nobody was in a room, or asked for it, before it forgets its people. What
// is done in a room takes less.
const dozeAfter = 5 * time.Minute

// wake gives a sleeping room its people back. Until dozeAfter it has them.
func (h *House) wake(ctx context.Context, r *room) error {
	for {
		r.mu.Lock()
		r.used = time.Now()
		awake, changes := r.people != nil || r.closed, r.changes
		r.mu.Unlock()
		if awake {
			return nil
		}
		rec, err := h.store.Room(ctx, r.id)
		if errors.Is(err, ErrNotFound) {
			return Fail(Closed, "the room is closed")
		}
		if err != nil {
			return storeError("read the room", err)
		}
		r.mu.Lock()
		if r.people == nil && r.changes == changes { // else they were read too soon
			h.meet(r, rec.Members)
		}
		r.mu.Unlock()
	}
}

// awake is room and wake.
func (h *House) awake(ctx context.Context, id string) (*room, error) {
	r, err := h.room(id)
	if err == nil {
		err = h.wake(ctx, r)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// meet makes members known to a room that sleeps; r.mu is held.
func (h *House) meet(r *room, all []Member) {
	r.people = newPeople()
	for _, m := range all {
		r.know(m)
		if !m.Removed.IsZero() {
			h.keepOut(r, m)
		}
	}
}

// doze lets a room forget its people when nobody needs them. Who has a seat is always known.
func (r *room) doze() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.people != nil && len(r.seats) == 0 && r.waits == 0 && time.Since(r.used) >= dozeAfter {
		r.last.called = r.calledLast()
		r.people = nil
	}
}

// everyone is whom the room knows, by session, nobody while it sleeps; mu is held.
func (r *room) everyone() map[string]*Member {
	if r.people == nil {
		return nil
	}
	return r.members
}

// knows is a member, or nil; mu is held.
func (r *room) knows(session string) *Member { return r.everyone()[session] }
