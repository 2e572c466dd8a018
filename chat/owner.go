package chat

import (
	"context"
	"errors"
	"time"
)

// passOn makes somebody who is there the owner of a room whose owner has been away for longer than
// Limits.OwnerGrace. When nobody is there, it is the next who comes.
func (h *House) passOn(ctx context.Context, r *room) {
	r.mu.Lock()
	due := h.heir(r) != nil
	r.mu.Unlock()
	if !due {
		return
	}
	done, err := h.power.take(ctx, r.id)
	if err != nil {
		return
	}
	defer done()
	r.mu.Lock()
	s := h.heir(r)
	if s != nil {
		s.moving = make(chan struct{}) // or it would be given up meanwhile
	}
	r.mu.Unlock()
	if s == nil {
		return
	}
	err = h.makeOwner(ctx, r, s, nil)
	r.mu.Lock()
	defer r.mu.Unlock()
	close(s.moving)
	s.moving = nil
	h.wait(r, s)
	if err != nil && !errors.Is(err, ErrNotFound) {
		h.failed(ctx, "owner", "ownership not passed on", "room", r.id, "error", err)
	}
}

// heir is who becomes the owner of a room, nil when nobody does; r.mu is held.
func (h *House) heir(r *room) *seat {
	owner := r.knows(r.rec.OwnerID)
	if r.closed || owner == nil || r.seats[owner.ID] != nil {
		return nil
	}
	// Who couldn't come, as the server was off, hasn't been away.
	away := owner.Left
	if least := h.started.Add(ownerLeast - h.limits.OwnerGrace); away.Before(least) {
		away = least
	}
	if time.Since(away) < h.limits.OwnerGrace {
		return nil
	}
	return r.next()
}

// ownerLeast is how long after a start of the server no room passes on.
const ownerLeast = time.Hour

// next is who follows the owner: the moderator who has been there longest or, without one, whoever
// has. mu is held.
func (r *room) next() (next *seat) {
	for _, s := range r.order {
		if s.taken && s.moving == nil && len(s.conns) > 0 && (next == nil || s.member.Role > next.member.Role) {
			next = s
		}
	}
	return next
}

// makeOwner keeps the line that says who owns the room from there on. Who hands it over is a
// moderator then.
func (h *House) makeOwner(ctx context.Context, r *room, s *seat, former *Member) error {
	r.mu.Lock()
	by := *s.member
	r.mu.Unlock()
	owner, left := RoleOwner, RoleMember
	if former != nil {
		left = RoleModerator
	}
	by.Left, by.Role = time.Time{}, owner
	m := Message{ID: NewID(), Room: r.id, CID: systemCID(), Kind: KindSystem, Code: LineOwner, Created: now(), By: by, Actor: former}
	_, _, err := h.store.Append(context.WithoutCancel(ctx), Entry{Message: m, Role: &owner, Former: left}, func(m Message) {
		r.mu.Lock()
		defer r.mu.Unlock()
		h.owns(r.rec.OwnerID, r.id, false)
		h.owns(by.ID, r.id, true)
		if was := r.knows(r.rec.OwnerID); was != nil {
			was.Role = left
		}
		s.member.Role = owner
		r.rec.OwnerID, r.rec.Owner = by.ID, by.Color
		r.announce(EventPosted, &m)
		r.stream.put(item{event: Event{Kind: EventChanged, Room: r.view()}})
		h.tell(r)
	})
	return err
}

// owns notes that a session owns a room, or doesn't any more.
func (h *House) owns(session, room string, yes bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.own(session, room, yes)
}

// own is owns; mu is held.
func (h *House) own(session, room string, yes bool) {
	rooms := h.owners[session]
	switch {
	case yes && rooms == nil:
		h.owners[session] = map[string]bool{room: true}
	case yes:
		rooms[room] = true
	default:
		if delete(rooms, room); len(rooms) == 0 {
			delete(h.owners, session)
		}
	}
}
