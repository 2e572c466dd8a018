package chat

import (
	"context"
	"maps"
	"slices"
	"time"
)

// life is how long the room lasts; mu is held.
func (r *room) life() Span {
	if r.rec.Kept {
		return Always
	}
	return shorter(r.rec.Life, r.terms.LifeMost, Lives)
}

// passing tells whether the room closes when nobody is there: since its life is such, or since
// nobody has ever come. mu is held.
func (r *room) passing() bool {
	life := r.life()
	return life == UntilEmpty || life != Always && r.rec.LastRev == 1
}

// ends is Room.Ends; mu is held.
func (r *room) ends() time.Time {
	if r.passing() {
		if len(r.seats) == 0 {
			return r.idle.at.Round(0).UTC() // one that equals itself
		}
		return time.Time{}
	}
	d, ok := r.life().Duration()
	if !ok {
		return time.Time{}
	}
	end := r.rec.LifeFrom.Add(d)
	if end.Before(r.idle.least) {
		return r.idle.least
	}
	return end
}

// keepTime does what time brings to rooms, until ctx ends: some close, messages go, ownership
// passes on.
func (h *House) keepTime(ctx context.Context) {
	tick := time.NewTicker(h.limits.LifeSweep)
	defer tick.Stop()
	noted := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if time.Since(noted) >= beatPause {
			h.beat(ctx)
			noted = time.Now()
		}
		h.mu.RLock()
		rooms := slices.Collect(maps.Values(h.rooms))
		h.mu.RUnlock()
		for _, r := range rooms {
			if ctx.Err() != nil {
				return
			}
			if !h.closeDue(ctx, r) {
				h.forgetOld(ctx, r)
				h.passOn(ctx, r)
				r.doze()
			}
		}
	}
}

// beatPause is between two notes that the server is at work. A life doesn't pass while it is off:
// nobody could come.
const beatPause = 10 * time.Minute

func (h *House) beat(ctx context.Context) {
	if err := h.store.Beat(ctx, now()); err != nil && ctx.Err() == nil {
		h.failed(ctx, "beat", "not noted that the server is at work", "error", err)
	}
}

// closeDue closes a room whose life has passed, or that its owner closes, when it is time.
func (h *House) closeDue(ctx context.Context, r *room) bool {
	reason := r.due()
	if reason == "" {
		return false
	}
	if err := h.remove(ctx, r, reason); err != nil {
		h.failed(ctx, "close", "room not closed", "room", r.id, "error", err)
	}
	return true
}

// due ends a room that is to be closed, and tells why; "" = it isn't.
func (r *room) due() (reason string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ends := r.ends()
	switch now := time.Now(); {
	case r.closed, r.waits > 0:
		return ""
	case !r.rec.Closing.IsZero() && !now.Before(r.rec.Closing):
		reason = ClosedByOwner
	case !r.passing() && !ends.IsZero() && !now.Before(ends):
		reason = ClosedQuiet
	default:
		return ""
	}
	r.end()
	return reason
}
