package chat

import (
	"context"
	"errors"
	"time"
)

// CloseRoom begins to close a room for its owner, as ChangeRoom with Closing does: after
// Limits.CloseGrace it is deleted with its messages and files. Without a grace that is at once.
func (h *House) CloseRoom(ctx context.Context, who Visitor, room string) error {
	closing := true
	if h.limits.CloseGrace >= 0 {
		_, err := h.ChangeRoom(ctx, who, room, RoomChange{Closing: &closing})
		return err
	}
	r, err := h.awake(ctx, room)
	if err == nil {
		err = r.mayChange(who, RoomChange{Closing: &closing})
	}
	if err != nil {
		return err
	}
	return h.close(ctx, r, ClosedByOwner)
}

// closeAt sets the timer of a room that its owner closes, or stops it; r.mu is held.
func (h *House) closeAt(r *room) {
	r.ending.stop()
	if at := r.rec.Closing; !at.IsZero() {
		r.ending.set(h, max(0, time.Until(at)), func() { h.closeDue(context.Background(), r) })
	}
}

func (h *House) close(ctx context.Context, r *room, reason string) error {
	r.mu.Lock()
	was := r.closed
	r.end()
	r.mu.Unlock()
	if was {
		return Fail(Closed, "the room is closed")
	}
	return h.remove(ctx, r, reason)
}

// closeEmpty deletes a room whose grace without a seat has passed.
func (h *House) closeEmpty(r *room) {
	r.mu.Lock()
	due := len(r.seats) == 0 && !r.closed && r.idle.passed() && r.passing() && r.waits == 0
	if due {
		r.end()
	}
	r.mu.Unlock()
	if !due {
		return
	}
	if err := h.remove(context.Background(), r, ClosedEmpty); err != nil {
		h.failed(context.Background(), "close", "empty room not closed", "room", r.id, "error", err)
	}
}

// remove deletes a room whose closed the caller has set, so that nothing enters it any more. When
// the store fails, the room is open again.
func (h *House) remove(ctx context.Context, r *room, reason string) error {
	files, err := h.store.RemoveRoom(context.WithoutCancel(ctx), r.id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.closed = false
		r.stuck++
		h.rest(r)
		for _, s := range r.seats {
			if s.away.passed() { // while the room was closed
				h.wait(r, s)
			}
		}
		h.tell(r) // of what was kept meanwhile
		return storeError("close the room", err)
	}
	r.mu.Lock()
	owner := r.rec.OwnerID
	r.mu.Unlock()
	h.mu.Lock()
	delete(h.rooms, r.id)
	h.own(owner, r.id, false)
	if h.slugs[r.rec.Slug] == r.id {
		delete(h.slugs, r.rec.Slug)
	}
	h.mu.Unlock()
	h.removeFiles(files)
	h.observer.closed(reason)

	r.mu.Lock()
	defer r.mu.Unlock()
	h.space.settle(0, -r.media)
	r.idle.stop()
	r.ending.stop()
	for _, s := range r.seats {
		s.away.stop()
	}
	clear(r.seats)
	clear(r.held)
	r.order = nil
	e := Event{Kind: EventClosed, Room: r.view(), Reason: reason}
	r.stream.put(item{event: e})
	if r.rec.Listed {
		h.directory.drop(r.id)
		h.lobby.put(item{event: e})
	}
	return nil
}

// tell lets the lobby know of a change, at most once per Limits.LobbyPause; r.mu is held.
func (h *House) tell(r *room) {
	if !r.rec.Listed || r.closed || r.telling {
		return
	}
	if wait := h.limits.LobbyPause - time.Since(r.told); wait > 0 {
		r.telling = true
		h.after(wait, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.telling = false
			if !r.closed && r.rec.Listed {
				h.tellNow(r)
			}
		})
		return
	}
	h.tellNow(r)
}

func (h *House) tellNow(r *room) { h.tellAs(r, EventUpdated) }

// openNow lets the lobby know of a room that is in the list from here on; r.mu is held.
func (h *House) openNow(r *room) { h.tellAs(r, EventOpened) }

func (h *House) tellAs(r *room, kind EventKind) {
	r.told = time.Now()
	v := h.row(r)
	h.directory.put(v)
	h.lobby.put(item{event: Event{Kind: kind, Room: v}})
}
