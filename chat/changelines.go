package chat

import (
	"context"
	"time"
)

// auditChange tells the room what somebody in charge has changed of it.
func (h *House) auditChange(ctx context.Context, r *room, who Visitor, was, is Room, password bool) error {
	var lines []Message
	tell := func(changed bool, m Message) {
		if changed {
			lines = append(lines, m)
		}
	}
	tell(was.Title != is.Title, Message{Code: LineTitle, Title: is.Title})
	tell(was.Max != is.Max, Message{Code: LineMax, N: is.Max})
	tell(password && is.Locked, Message{Code: LinePassword})
	tell(password && was.Locked && !is.Locked, Message{Code: LineOpen})
	tell(!was.Listed && is.Listed, Message{Code: LineListed})
	tell(was.Listed && !is.Listed, Message{Code: LineUnlisted})
	tell(!was.Quiet && is.Quiet, Message{Code: LineQuiet})
	tell(was.Quiet && !is.Quiet, Message{Code: LineTalk})
	tell(was.Slow != is.Slow, Message{Code: LineSlow, N: int(is.Slow / time.Second)})
	for _, m := range lines {
		if err := h.audit(ctx, r, m, who.ID); err != nil {
			return err
		}
	}
	return nil
}
