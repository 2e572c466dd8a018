package chat

import (
	"cmp"
	"context"
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
		return cmp.Or(b.Active.Compare(a.Active), cmp.Compare(b.ID, a.ID))
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
func (h *House) FindRoom(name string) (Room, error) {
	h.mu.RLock()
	id, err := PickRoom(func(yield func(id, slug string) bool) {
		for slug, id := range h.slugs {
			if !yield(id, slug) {
				return
			}
		}
		for id := range h.rooms {
			if !yield(id, "") {
				return
			}
		}
	}, name)
	h.mu.RUnlock()
	if err != nil {
		return Room{}, err
	}
	return h.Room(id)
}

// PickRoom picks the id of the room whose slug name is, however it is typed, or whose id, or that
// begins with it, when no other does. rooms yields ids with their slugs, or with "". It fails with
// NoSuchRoom, and with BadRequest when more than one may be meant.
func PickRoom(rooms iter.Seq2[string, string], name string) (string, error) {
	own, _ := Limits{Slug: len(name)}.slug(name)
	exact, found := "", ""
	n := 0
	for id, slug := range rooms {
		switch {
		case slug != "" && (slug == own || slug == name):
			return id, nil
		case id == name:
			exact = id
		case strings.HasPrefix(id, name) && id != found:
			found = id
			n++
		}
	}
	if exact != "" {
		return exact, nil
	}
	switch {
	case len(name) < prefixLeast:
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
