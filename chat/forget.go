package chat

import (
	"context"
	"errors"
	"time"
)

// forgetMost is how many messages go at once, so that new ones needn't wait for more.
const forgetMost = 256

// forgetOld deletes the messages of a room that are older than its history lasts.
func (h *House) forgetOld(ctx context.Context, r *room) {
	for more := true; more && ctx.Err() == nil; {
		before, due := r.outdated()
		if !due {
			return
		}
		began := time.Now()
		f, err := h.store.ForgetMessages(ctx, r.id, before, forgetMost, func(f Forgotten) { h.forgotten(r, f) })
		if err != nil {
			if !errors.Is(err, ErrNotFound) && ctx.Err() == nil {
				h.failed(ctx, "forget", "old messages not deleted", "room", r.id, "error", err)
			}
			return
		}
		h.removeFiles(f.Files)
		r.remember(f, began)
		more = f.More
	}
}

// outdated says before which time the room's messages are too old, and whether there may be some.
func (r *room) outdated() (before time.Time, due bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := shorter(r.rec.History, r.terms.HistoryMost, Histories).Duration()
	before = time.Now().Add(-d)
	return before, ok && !r.closed && r.oldest.Before(before)
}

// remember notes from when the oldest message is; when there was none, those that came since began
// are.
func (r *room) remember(f Forgotten, began time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.oldest = f.Oldest; r.oldest.IsZero() {
		r.oldest = began
	}
}

// forgotten is called when messages are deleted. Pages hear which is the first that is left.
func (h *House) forgotten(r *room, f Forgotten) {
	h.space.settle(0, -f.Bytes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.media -= f.Bytes
	r.rec.First = f.First
	for _, id := range f.Members {
		r.forgetMember(id)
	}
	r.changes++
	h.unsaid(r, 0)
	r.stream.put(item{event: Event{Kind: EventChanged, Room: r.view()}})
}

// forgetMember forgets somebody who has no seat and is about to take none; mu is held.
func (r *room) forgetMember(id string) {
	m := r.knows(id)
	if m == nil || r.seats[id] != nil || m.Role != RoleMember {
		return
	}
	delete(r.members, id)
	delete(r.colors, m.Color)
	r.looks[m.Hue][m.Shape]--
	r.called.add(m.Identity, -1)
}
