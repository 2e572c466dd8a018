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

// keepTime closes the rooms whose life has passed, until ctx ends.
func (h *House) keepTime(ctx context.Context) {
	tick := time.NewTicker(h.limits.LifeSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		h.mu.RLock()
		rooms := slices.Collect(maps.Values(h.rooms))
		h.mu.RUnlock()
		for _, r := range rooms {
			if ctx.Err() != nil {
				return
			}
			h.closeQuiet(ctx, r)
		}
	}
}

// closeQuiet closes a room whose life has passed.
func (h *House) closeQuiet(ctx context.Context, r *room) {
	r.mu.Lock()
	due := !r.closed && r.waits == 0 && !r.passing()
	if due {
		ends := r.ends()
		due = !ends.IsZero() && !time.Now().Before(ends)
	}
	if due {
		r.end()
	}
	r.mu.Unlock()
	if !due {
		return
	}
	if err := h.remove(ctx, r, ClosedQuiet); err != nil {
		h.failed(ctx, "close", "quiet room not closed", "room", r.id, "error", err)
	}
}
