package chat

import "context"

// RoomReader is what an export of a room is read from: a part of a [Store].
type RoomReader interface {
	Epoch() string
	Room(ctx context.Context, id string) (RoomRecord, error)
	Messages(ctx context.Context, room string, r Range) (Snapshot, error)
}

// MayExport tells whether who may export a room now: it has a seat there and owns it. Else it fails
// with NotOwner and others, or with RateLimited.
func (h *House) MayExport(who Visitor, room string) error {
	if _, err := h.inCharge(who, room, ActExport); err != nil {
		return err
	}
	return h.rates.check(one(&h.rates.exports, who.ID))
}

// Export lets write read a room for its owner, who may take along what was said there. Few do that
// at once: Unavailable tells to come again.
func (h *House) Export(ctx context.Context, who Visitor, room string, write func(context.Context, RoomReader) error) error {
	if _, err := h.inCharge(who, room, ActExport); err != nil {
		return err
	}
	select {
	case h.exporting <- struct{}{}:
		defer func() { <-h.exporting }()
	default:
		return &Error{Code: Unavailable, Message: "too many exports", Limit: "exporting", N: h.limits.Exporting, Retryable: true}
	}
	if err := h.rates.take(one(&h.rates.exports, who.ID)); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, h.limits.ExportTime)
	defer cancel()
	return write(ctx, h.store)
}
