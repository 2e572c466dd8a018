package chat

import "context"

// read is what a client gets that has read so far.
func (h *House) read(ctx context.Context, room string, since *Since) (Snapshot, error) {
	epoch := h.store.Epoch()
	if since != nil && since.Epoch == epoch {
		snap, err := h.store.Changes(ctx, room, since.Rev, h.limits.ResumeMost)
		if err != nil {
			return Snapshot{}, storeError("read changes", err)
		}
		// A client can't have read what isn't there yet.
		if !snap.More && since.Rev <= snap.Rev {
			snap.Epoch = epoch
			return snap, nil
		}
	}
	snap, err := h.store.Messages(ctx, room, Range{Limit: h.limits.HistoryFirst})
	if err != nil {
		return Snapshot{}, storeError("read messages", err)
	}
	snap.Epoch = epoch
	snap.Reset = since != nil
	return snap, nil
}
