package chat

import (
	"context"
	"time"
)

// sweepMost is how many sessions are deleted at once, so that messages needn't wait for more.
const sweepMost = 256

// sweepSessions deletes, from time to time and until ctx ends, the sessions that nobody will use.
func (h *House) sweepSessions(ctx context.Context) {
	tick := time.NewTicker(h.limits.SessionSweep)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := h.removeSessions(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("old sessions not deleted", "error", err)
		}
	}
}

func (h *House) removeSessions(ctx context.Context) error {
	now := time.Now()
	for {
		n, err := h.store.RemoveSessions(ctx, now, now.Add(-h.limits.SessionUnused), sweepMost)
		if err != nil || n < sweepMost {
			return err
		}
	}
}
