package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// RoomChange is what somebody changes of a room. A nil field stays as it is.
type RoomChange struct {
	Title      *string
	Max        *int    // not below the seats that are taken
	Password   *string // "" = none; who is inside stays
	Listed     *bool
	Quiet      *bool          // moderators too: those in charge alone may write
	Slow       *time.Duration // moderators too: one of Slows
	DoorLocked *bool
	Life       *Span
	History    *Span
	Closing    *bool // true = it closes after Limits.CloseGrace, false = it doesn't
	Kept       *bool // the operator alone
}

// Slows are the pauses that a room may have between two messages of one person.
var Slows = []time.Duration{0, 5 * time.Second, 30 * time.Second, time.Minute}

// ChangeRoom changes a room for its owner: NotOwner is told to everybody else, BadSpan and others
// when a value can't be had. A life that is chosen begins at that moment. Who is in the room hears
// EventChanged, and lines of what those in charge did.
func (h *House) ChangeRoom(ctx context.Context, who Visitor, room string, c RoomChange) (Room, error) {
	r, err := h.awake(ctx, room)
	if err != nil {
		return Room{}, err
	}
	if err := r.mayChange(who, c); err != nil {
		return Room{}, err
	}
	if err := h.rates.take(one(&h.rates.changes, who.ID)); err != nil {
		return Room{}, err
	}
	r.mu.Lock()
	was := r.view()
	r.mu.Unlock()
	v, err := h.change(ctx, r, who, c)
	if err == nil {
		err = h.auditChange(ctx, r, who, was, v, c.Password != nil)
	}
	return v, err
}

// mayChange says whether who may make a change.
func (r *room) mayChange(who Visitor, c RoomChange) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return Fail(Closed, "the room is closed")
	}
	if err := c.needs(who, r); err != nil {
		return err
	}
	switch {
	case c.Kept != nil:
		return failField(BadRequest, "kept", "only the operator keeps rooms")
	}
	return nil
}

// needs is why who may not make the change of a room whose mu is held.
func (c RoomChange) needs(who Visitor, r *room) error {
	if err := r.barred(who); err != nil {
		return err
	}
	role := r.roleOf(who.ID)
	rest := c
	rest.Quiet, rest.Slow, rest.DoorLocked = nil, nil, nil
	for act, asked := range map[Act]bool{ActReadOnly: c.Quiet != nil, ActSlow: c.Slow != nil, ActLock: c.DoorLocked != nil, ActSettings: rest != RoomChange{} || c == RoomChange{}} {
		if asked && !role.May(act) {
			return role.needs(act)
		}
	}
	return nil
}

// cap keeps more people than max from coming in until done, or fails when there are more already.
func (r *room) cap(most int) (done func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.seats); most < n {
		return nil, Beyond(BadMax, "max", "", n, fmt.Sprintf("%d people are in the room", n))
	}
	r.capped = most
	return func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.capped = 0
	}, nil
}

// AlterRoom is ChangeRoom for the operator, who may keep a room too: it stays whatever its life is,
// until it isn't kept any more. One that is unlisted leaves the list at once, and its link goes on
// to work.
func (h *House) AlterRoom(ctx context.Context, id string, c RoomChange) (Room, error) {
	r, err := h.room(id)
	if err != nil {
		return Room{}, err
	}
	return h.change(ctx, r, Visitor{}, c)
}

// change makes a change that is allowed, of who or of the operator.
func (h *House) change(ctx context.Context, r *room, who Visitor, c RoomChange) (Room, error) {
	f, err := h.fields(ctx, who, c)
	if err != nil {
		return Room{}, err
	}
	if f.Max != nil {
		done, err := r.cap(*f.Max)
		if err != nil {
			return Room{}, err
		}
		defer done()
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
func (h *House) fields(ctx context.Context, who Visitor, c RoomChange) (f RoomFields, err error) {
	f = RoomFields{Listed: c.Listed, DoorLocked: c.DoorLocked, Kept: c.Kept, Quiet: c.Quiet, Slow: c.Slow}
	if c.Title != nil {
		title, err := h.limits.title(*c.Title)
		if err != nil {
			return f, err
		}
		f.Title = &title
	}
	if c.Max != nil {
		n, err := h.limits.seats(*c.Max)
		if err != nil {
			return f, err
		}
		f.Max = &n
	}
	if c.Slow != nil && !slices.Contains(Slows, *c.Slow) {
		return f, failField(BadRequest, "slow", "the slow mode is 0, 5, 30 or 60 seconds")
	}
	if c.Password != nil {
		var hash PassHash
		if *c.Password != "" {
			password, err := h.limits.password(*c.Password)
			if err != nil {
				return f, err
			}
			if hash, err = h.hasher.hash(ctx, who.From, password); err != nil {
				return f, fmt.Errorf("hash password: %w", err)
			}
		}
		f.PassHash = &hash
	}
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
	if c.Closing != nil {
		var at time.Time
		if *c.Closing {
			at = now().Add(max(0, h.limits.CloseGrace))
		}
		f.Closing = &at
	}
	return f, nil
}

// changed applies a change that was committed.
func (h *House) changed(r *room, f RoomFields) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.view()
	f.apply(&r.rec)
	if f.PassHash != nil {
		r.grants = known{}
		r.proof = nil
	}
	v := r.view()
	if v == was {
		return
	}
	h.closeAt(r)
	r.stream.put(item{event: Event{Kind: EventChanged, Room: v}})
	switch {
	case !was.Listed && !v.Listed:
	case was.Listed && v.Listed:
		h.tell(r)
	case was.Listed:
		h.directory.drop(r.id)
		h.lobby.put(item{event: Event{Kind: EventUnlisted, Room: v}})
	default:
		h.openNow(r)
	}
}

// apply makes the change of a record.
func (f RoomFields) apply(r *RoomRecord) {
	set(&r.Title, f.Title)
	set(&r.Max, f.Max)
	set(&r.Quiet, f.Quiet)
	set(&r.Slow, f.Slow)
	if f.PassHash != nil {
		r.PassHash = *f.PassHash
		r.PassVer++
	}
	set(&r.Listed, f.Listed)
	set(&r.DoorLocked, f.DoorLocked)
	set(&r.Kept, f.Kept)
	set(&r.Life, f.Life)
	set(&r.LifeFrom, f.LifeFrom)
	set(&r.History, f.History)
	set(&r.Closing, f.Closing)
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}
