package chat

import (
	"context"
	"errors"
	"time"
)

// RoomChange is what somebody changes of a room. A nil field stays as it is.
type RoomChange struct {
	Listed     *bool
	DoorLocked *bool
	Life       *Span
	History    *Span
	Kept       *bool // the operator alone
}

// ChangeRoom changes a room for its owner: NotOwner is told to everybody else, BadSpan when a value
// can't be had. A life that is chosen begins at that moment. Who is in the room hears EventChanged.
func (h *House) ChangeRoom(ctx context.Context, who Visitor, room string, c RoomChange) (Room, error) {
	r, err := h.room(room)
	if err != nil {
		return Room{}, err
	}
	if err := r.mayChange(who, c); err != nil {
		return Room{}, err
	}
	if err := h.rates.take(one(&h.rates.changes, who.ID)); err != nil {
		return Room{}, err
	}
	return h.change(ctx, r, c)
}

// mayChange says whether who may make a change.
func (r *room) mayChange(who Visitor, c RoomChange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.closed:
		return Fail(Closed, "the room is closed")
	case c.DoorLocked != nil && c == (RoomChange{DoorLocked: c.DoorLocked}): // nothing else
		if !r.mayLock(who.ID) {
			return r.roleOf(who.ID).needs(ActLock)
		}
		return nil
	case r.rec.OwnerID != who.ID:
		return Fail(NotOwner, "only the owner can change a room")
	case c.Kept != nil:
		return failField(BadRequest, "kept", "only the operator keeps rooms")
	}
	return nil
}

// AlterRoom is ChangeRoom for the operator, who may keep a room too: it stays whatever its life is,
// until it isn't kept any more. One that is unlisted leaves the list at once, and its link goes on
// to work.
func (h *House) AlterRoom(ctx context.Context, id string, c RoomChange) (Room, error) {
	r, err := h.room(id)
	if err != nil {
		return Room{}, err
	}
	return h.change(ctx, r, c)
}

// change makes a change that is allowed.
func (h *House) change(ctx context.Context, r *room, c RoomChange) (Room, error) {
	f, err := h.fields(c)
	if err != nil {
		return Room{}, err
	}
	if err := r.hold(); err != nil {
		return Room{}, err
	}
	err = h.store.ChangeRoom(context.WithoutCancel(ctx), r.id, f, func() { h.changed(r, f) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waits--
	if r.idle.timer == nil || r.idle.passed() {
		h.rest(r) // its grace has passed, or it had none
	}
	if errors.Is(err, ErrNotFound) {
		return Room{}, Fail(Closed, "the room is closed")
	}
	if err != nil {
		return Room{}, storeError("change the room", err)
	}
	return r.view(), nil
}

// fields are the stored fields of a change.
func (h *House) fields(c RoomChange) (f RoomFields, err error) {
	f = RoomFields{Listed: c.Listed, DoorLocked: c.DoorLocked, Kept: c.Kept}
	if c.Life != nil {
		life, err := h.terms.life(*c.Life)
		if err != nil {
			return f, err
		}
		from := now()
		f.Life, f.LifeFrom = &life, &from
	}
	if c.History != nil {
		history, err := h.terms.history(*c.History)
		if err != nil {
			return f, err
		}
		f.History = &history
	}
	return f, nil
}

// changed applies a change that was committed.
func (h *House) changed(r *room, f RoomFields) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.view()
	f.apply(&r.rec)
	v := r.view()
	if v == was {
		return
	}
	r.stream.put(item{event: Event{Kind: EventChanged, Room: v}})
	switch {
	case !was.Listed && !v.Listed:
	case was.Listed && v.Listed:
		h.tell(r)
	case was.Listed:
		h.directory.drop(r.id)
		h.lobby.put(item{event: Event{Kind: EventUnlisted, Room: v}})
	default:
		r.told = time.Now()
		h.directory.put(v)
		h.lobby.put(item{event: Event{Kind: EventOpened, Room: v}})
	}
}

// apply makes the change of a record.
func (f RoomFields) apply(r *RoomRecord) {
	set(&r.Listed, f.Listed)
	set(&r.DoorLocked, f.DoorLocked)
	set(&r.Kept, f.Kept)
	set(&r.Life, f.Life)
	set(&r.LifeFrom, f.LifeFrom)
	set(&r.History, f.History)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
