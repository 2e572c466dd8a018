package chat

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// CreateRoom opens a room owned by who. When who already opened one under q.CID, or a room has
// q.Slug, that one is returned and dup is true; Closed says that it has gone since. It fails with
// TooManyRooms, ServerFull or, when its address opens too many, RateLimited.
func (h *House) CreateRoom(ctx context.Context, who Visitor, q NewRoom) (v Room, dup bool, err error) {
	cid, err := requestID(q.CID)
	if err != nil {
		return Room{}, false, err
	}
	rec := RoomRecord{Room: Room{ID: NewRoomID(), OwnerID: who.ID, Listed: !q.Unlisted}, LastRev: 1}
	rec.First = 1
	if rec.Title, err = h.limits.title(q.Title); err != nil {
		return Room{}, false, err
	}
	if q.Slug != "" {
		if rec.Slug, err = h.Slug(q.Slug); err != nil {
			return Room{}, false, err
		}
	}
	if rec.Max, err = h.limits.seats(q.Max); err != nil {
		return Room{}, false, err
	}
	if rec.Life, err = h.terms.life(q.Life); err != nil {
		return Room{}, false, err
	}
	if rec.History, err = h.terms.history(q.History); err != nil {
		return Room{}, false, err
	}
	password := q.Password
	if password != "" {
		if password, err = h.limits.password(password); err != nil {
			return Room{}, false, err
		}
	}

	// The same cid is looked up after it was kept, and no quota is passed by two at once.
	done, err := h.makers.take(ctx, who.ID)
	if err != nil {
		return Room{}, false, err
	}
	defer done()
	made, err := h.store.RoomMade(ctx, who.ID, cid)
	if err == nil {
		v, err = h.madeRoom(made)
		return v, true, err
	}
	if !errors.Is(err, ErrNotFound) {
		return Room{}, false, storeError("find room by cid", err)
	}
	if rec.Slug != "" {
		done, err := h.namers.take(ctx, rec.Slug)
		if err != nil {
			return Room{}, false, err
		}
		defer done()
		if v, err := h.RoomAt(rec.Slug); CodeOf(err) != NoSuchRoom {
			return v, err == nil, err
		}
	}
	if err := h.quota(who); err != nil {
		return Room{}, false, err
	}
	charges := append(h.rates.address(&h.rates.creates, who.From, 1), h.rates.address(&h.rates.createDay, who.From, 1)...)
	if err := h.rates.take(charges...); err != nil {
		return Room{}, false, err
	}
	defer func() {
		if err != nil || dup {
			h.rates.giveBack(0, charges...)
		}
	}()
	if password != "" {
		if rec.PassHash, err = h.hasher.hash(ctx, who.From, password); err != nil {
			return Room{}, false, fmt.Errorf("hash password: %w", err)
		}
		rec.PassVer = 1
	}

	if err = h.bans.check(who); err != nil { // its body may have come slowly
		return Room{}, false, err
	}
	named, err := h.naming.take(ctx, who.ID)
	if err != nil {
		return Room{}, false, err
	}
	defer named()
	id, err := h.profile(ctx, nil, who.Identity)
	if err != nil {
		return Room{}, false, err
	}
	rec.Created = now()
	rec.Active, rec.LifeFrom = rec.Created, rec.Created
	r := h.newRoom(rec)
	h.meet(r, nil)
	owner := r.member(id)
	owner.Left = rec.Created
	rec.Owner = owner.Color
	r.rec.Owner, r.used = owner.Color, rec.Created
	rec.Members = []Member{*owner}
	first := Message{ID: NewID(), Room: rec.ID, CID: systemCID(), Kind: KindSystem, Code: LineCreated,
		Title: rec.Title, Created: rec.Created, By: *owner}

	// The answer may no longer be wanted, but a room that was made must be in memory too.
	made, err = h.store.AddRoom(context.WithoutCancel(ctx), rec, cid, first)
	if err != nil {
		return Room{}, false, storeError("add room", err)
	}
	if made != rec.ID {
		v, err = h.madeRoom(made)
		return v, true, err
	}
	v = h.addRoom(r)
	h.observer.opened()
	return v, false, nil
}

// addRoom makes a room known.
func (h *House) addRoom(r *room) Room {
	h.mu.Lock()
	h.rooms[r.id] = r
	h.own(r.rec.OwnerID, r.id, true)
	if r.rec.Slug != "" {
		h.slugs[r.rec.Slug] = r.id
	}
	h.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.idle.set(h, h.limits.UnvisitedGrace, func() { h.closeEmpty(r) })
	v := r.view()
	if v.Listed {
		h.openNow(r)
	}
	return v
}

func (h *House) madeRoom(id string) (Room, error) {
	v, err := h.Room(id)
	if CodeOf(err) == NoSuchRoom {
		return Room{}, Fail(Closed, "the room that this request made is closed")
	}
	return v, err
}

// quota says whether who may open one more room. Other makers count, as each may end with a room.
func (h *House) quota(who Visitor) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	switch {
	case h.closing:
		return Fail(Unavailable, "the server is stopping")
	case h.limits.Rooms >= 0 && len(h.rooms)+h.makers.count() > h.limits.Rooms:
		return met(ServerFull, "rooms", h.limits.Rooms, "too many rooms")
	}
	return h.ownMore(who.ID, "")
}

// mayOwnMore fails with TooManyRooms, about the field, when a session owns as many rooms as one
// may.
func (h *House) mayOwnMore(session, field string) error {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return h.ownMore(session, field)
}

// ownMore is mayOwnMore; mu is held.
func (h *House) ownMore(session, field string) error {
	if most := h.limits.RoomsPerIdentity; most >= 0 && len(h.owners[session]) >= most {
		return Beyond(TooManyRooms, field, "rooms-per-identity", most, "too many rooms of one visitor")
	}
	return nil
}

// now is the present in the precision that is kept.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// systemCID names a line of ours; no client can send the colon.
func systemCID() string { return "sys:" + NewID() }
