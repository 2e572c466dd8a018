package chat

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"time"
)

// sweepMost is how many sessions are deleted at once, so that messages needn't wait for more.
const sweepMost = 256

// orphanAge is how long a file that no message knows is left alone, from when this process first
// saw it. Uploads take minutes; the rest is for operators who put the wrong database beside the
// files, which may be older than a day themselves.
const orphanAge = 24 * time.Hour

// sweep deletes, from time to time and until ctx ends, the files that no message knows, the
// sessions that nobody will use, and the bans that have ended.
func (h *House) sweep(ctx context.Context) {
	tick := time.NewTicker(h.limits.SessionSweep)
	defer tick.Stop()
	orphans := map[string]time.Time{}
	for {
		if err := h.removeRest(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("removed files not found", "error", err)
		}
		if err := h.removeOrphans(ctx, orphans); err != nil && ctx.Err() == nil {
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
		if err := h.removeBans(ctx); err != nil && ctx.Err() == nil {
			h.log.Error("old bans not deleted", "error", err)
		}
	}
}

// removeOrphans removes the files that no message has known for a day; since says when each was
// first seen. Files from before the epoch are spared: they may be those of another database, which
// may come back.
func (h *House) removeOrphans(ctx context.Context, since map[string]time.Time) error {
	if h.files == nil {
		return nil
	}
	now := time.Now()
	seen := map[string]bool{}
	var failed error // the first; one file that can't be removed mustn't keep the others
	err := h.files.Names(func(name string, changed time.Time) error {
		if changed.Before(h.began) {
			return ctx.Err()
		}
		_, err := h.store.Media(ctx, name)
		if !errors.Is(err, ErrNotFound) {
			failed = cmp.Or(failed, err)
			return ctx.Err()
		}
		seen[name] = true
		if since[name].IsZero() {
			since[name] = now
		}
		if now.Sub(since[name]) >= orphanAge {
			failed = cmp.Or(failed, h.files.Remove(name))
		}
		return ctx.Err()
	})
	maps.DeleteFunc(since, func(name string, _ time.Time) bool { return !seen[name] })
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
