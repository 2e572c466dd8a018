package chat

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// sweepMost is how many sessions are deleted at once, so that messages needn't wait for more.
const sweepMost = 256

// orphanAge is how long a file that no message knows is left alone. Uploads take minutes; the rest
// is for operators who put the wrong database beside the files.
const orphanAge = 24 * time.Hour

// sweep deletes, from time to time and until ctx ends, the files that no message knows and the
// sessions that nobody will use.
func (h *House) sweep(ctx context.Context) {
	tick := time.NewTicker(h.limits.SessionSweep)
	defer tick.Stop()
	for {
		if err := h.removeOrphans(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("left-over files not removed", "error", err)
		}
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

func (h *House) removeOrphans(ctx context.Context) error {
	if h.files == nil {
		return nil
	}
	var failed error // the first; one file that can't be removed mustn't keep the others
	err := h.files.Names(time.Now().Add(-orphanAge), func(name string) error {
		_, err := h.store.Media(ctx, name)
		if errors.Is(err, ErrNotFound) {
			err = h.files.Remove(name)
		}
		failed = cmp.Or(failed, err)
		return ctx.Err()
	})
	return cmp.Or(failed, err)
}

func (h *House) removeSessions(ctx context.Context) error {
	now := time.Now()
	if h.writeSeen(ctx) != nil {
		return nil // who has come back would count as unused; that it fails is told elsewhere
	}
	defer h.sessions.forgetAll()
	for {
		n, err := h.store.RemoveSessions(ctx, now, now.Add(-h.limits.SessionUnused), sweepMost)
		if err != nil || n < sweepMost {
			return err
		}
	}
}
