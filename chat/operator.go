package chat

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"
)

// What follows is for the operator of the server, whom no rule holds.

// RoomState is a room as its operator sees it.
type RoomState struct {
	Room
	Messages int64 // texts and images
	Images   int64 // bytes
}

// SeatState is a taken seat as the operator sees it.
type SeatState struct {
	Member
	Since    time.Time
	Networks []string // of its connections, each once, see clientip.Network; none = it waits
}

// RoomStates lists all rooms, last active first.
func (h *House) RoomStates(ctx context.Context) ([]RoomState, error) {
	h.mu.RLock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.RUnlock()
	said, err := h.store.Said(ctx, "")
	if err != nil {
		return nil, storeError("count messages", err)
	}
	states := make([]RoomState, 0, len(rooms))
	for _, r := range rooms {
		r.mu.Lock()
		if !r.closed {
			states = append(states, RoomState{Room: r.view(), Messages: said[r.id], Images: r.media})
		}
		r.mu.Unlock()
	}
	slices.SortFunc(states, func(a, b RoomState) int {
		return (&row{Room: a.Room}).compare(&row{Room: b.Room})
	})
	return states, nil
}

// RoomState describes a room with those who have a seat, in the order they came.
func (h *House) RoomState(ctx context.Context, id string) (RoomState, []SeatState, error) {
	r, err := h.room(id)
	if err != nil {
		return RoomState{}, nil, err
	}
	said, err := h.store.Said(ctx, id)
	if err != nil {
		return RoomState{}, nil, storeError("count messages", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	state := RoomState{Room: r.view(), Messages: said[id], Images: r.media}
	seats := make([]SeatState, len(r.order))
	for i, s := range r.order {
		seats[i] = SeatState{Member: *s.member, Since: s.since, Networks: slices.Sorted(maps.Values(s.conns))}
		seats[i].Networks = slices.Compact(seats[i].Networks)
	}
	return state, seats, nil
}

// prefixLeast is how much of a room's id tells it.
const prefixLeast = 4

// FindRoom finds a room by its slug, its id or the beginning of that, see [PickRoom].
func (h *House) FindRoom(prefix string) (Room, error) {
	if slug, err := h.Slug(prefix); err == nil {
		if v, err := h.RoomAt(slug); err == nil {
			return v, nil
		}
	}
	h.mu.RLock()
	id, err := PickRoom(maps.Keys(h.rooms), prefix)
	h.mu.RUnlock()
	if err != nil {
		return Room{}, err
	}
	return h.Room(id)
}

// PickRoom picks the id that is prefix or, when no other does, begins with it. It fails with
// NoSuchRoom, and with BadRequest when more than one may be meant.
func PickRoom(ids iter.Seq[string], prefix string) (string, error) {
	found := ""
	n := 0
	for id := range ids {
		if id == prefix {
			return id, nil
		}
		if strings.HasPrefix(id, prefix) {
			found = id
			n++
		}
	}
	switch {
	case len(prefix) < prefixLeast:
		return "", Fail(BadRequest, "name more of the room's id")
	case n > 1:
		return "", Fail(BadRequest, "more than one room's id begins so: name more of it")
	case n == 0:
		return "", Fail(NoSuchRoom, "no such room")
	}
	return found, nil
}

// ShutRoom deletes a room, as CloseRoom does for its owner.
func (h *House) ShutRoom(ctx context.Context, id string) error {
	r, err := h.room(id)
	if err != nil {
		return err
	}
	return h.close(ctx, r, ClosedByOperator)
}

// ChangeRoom changes a room. One that is kept stays when it is empty, until it isn't kept any more;
// one that is unlisted leaves the list at once, and its link goes on to work.
func (h *House) ChangeRoom(ctx context.Context, id string, c RoomChange) (Room, error) {
	r, err := h.room(id)
	if err != nil {
		return Room{}, err
	}
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return Room{}, Fail(Closed, "the room is closed")
	}
	r.waits++
	r.mu.Unlock()
	err = h.store.ChangeRoom(context.WithoutCancel(ctx), id, c, func() { h.changed(r, c) })
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waits--
	if !r.rec.Kept && (r.idle.timer == nil || r.idle.passed()) {
		h.rest(r) // its grace has passed while it was kept
	}
	if errors.Is(err, ErrNotFound) {
		return Room{}, Fail(Closed, "the room is closed")
	}
	if err != nil {
		return Room{}, storeError("change the room", err)
	}
	return r.view(), nil
}

// changed applies a change that was committed.
func (h *House) changed(r *room, c RoomChange) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.Kept != nil {
		r.rec.Kept = *c.Kept
	}
	if c.Listed == nil || r.rec.Listed == *c.Listed {
		return
	}
	r.rec.Listed = *c.Listed
	v := r.view()
	if !v.Listed {
		h.directory.drop(r.id)
		h.lobby.put(item{event: Event{Kind: EventUnlisted, Room: v}})
		return
	}
	r.told = time.Now()
	h.directory.put(v)
	h.lobby.put(item{event: Event{Kind: EventOpened, Room: v}})
}
