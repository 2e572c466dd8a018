package chat

import (
	"context"
	"time"
)

// deleteMost is how many messages are deleted in one commit.
const deleteMost = 100

// DeleteMessage deletes a message: one's own, or in charge that of somebody of a lower role. What
// is left keeps its Seq, has a new Rev, which is returned, and holds neither text nor image. To
// delete it once more changes nothing. It fails with NotFound, NotInCharge and NotOwner.
func (h *House) DeleteMessage(ctx context.Context, who Visitor, room string, seq int64) (rev int64, err error) {
	r, by, err := h.acting(who, room)
	if err != nil {
		return 0, err
	}
	m, err := h.message(ctx, r, seq)
	if err != nil {
		return 0, err
	}
	how := DeletedByAuthor
	if m.By.ID != by.ID {
		how = DeletedInCharge
		r.mu.Lock()
		role, of := r.roleOf(by.ID), r.roleOf(m.By.ID)
		r.mu.Unlock()
		if !role.MayTo(ActDelete, of) {
			return 0, role.needs(ActDelete)
		}
	}
	if m.Deleted != "" {
		return m.Rev, nil
	}
	gone, err := h.erase(ctx, r, Erasure{Room: r.id, Seq: seq, How: how, At: now()})
	if err != nil {
		return 0, err
	}
	if len(gone) == 0 { // by somebody else meanwhile
		return h.DeleteMessage(ctx, who, room, seq)
	}
	return gone[0].Rev, nil
}

// message reads what somebody said.
func (h *House) message(ctx context.Context, r *room, seq int64) (Message, error) {
	if seq < 1 {
		return Message{}, noMessage()
	}
	snap, err := h.store.Messages(ctx, r.id, Range{After: seq - 1, Before: seq + 1, Limit: 1})
	if err != nil {
		return Message{}, storeError("find the message", err)
	}
	if len(snap.Messages) == 0 || snap.Messages[0].Kind == KindSystem {
		return Message{}, noMessage()
	}
	return snap.Messages[0], nil
}

func noMessage() error { return failField(NotFound, "seq", "no such message") }

// DeleteAll deletes all that somebody, who wears the color user, has said in the room: one's own,
// or in charge. It tells how many messages there were.
func (h *House) DeleteAll(ctx context.Context, who Visitor, room, user string) (n int, err error) {
	r, by, err := h.acting(who, room)
	if err != nil {
		return 0, err
	}
	e := Erasure{Room: r.id, By: by.ID, How: DeletedByAuthor, Most: deleteMost, At: now()}
	if user != by.Color {
		r.mu.Lock()
		to, err := r.target(ActDelete, by, user)
		r.mu.Unlock()
		if err != nil {
			return 0, err
		}
		e.By, e.How = to.ID, DeletedInCharge
	}
	for {
		gone, err := h.erase(ctx, r, e)
		if err != nil {
			return n, err
		}
		if n += len(gone); len(gone) < deleteMost {
			break
		}
	}
	if n == 0 || e.How == DeletedByAuthor {
		return n, nil
	}
	return n, h.audit(ctx, r, Message{Code: LineCleared, Actor: &by, N: n}, e.By)
}

// erase deletes messages with what belongs to them.
func (h *House) erase(ctx context.Context, r *room, e Erasure) (gone []Message, err error) {
	var media []Media
	err = h.store.DeleteMessages(context.WithoutCancel(ctx), e, func(all []Message, of []Media) {
		gone, media = all, of
		r.mu.Lock()
		defer r.mu.Unlock()
		for _, m := range media {
			r.media -= m.Bytes
			h.space.settle(0, -m.Bytes)
		}
		for i := range all {
			r.announce(EventDeleted, &all[i])
			h.unsaid(r, all[i].Seq)
		}
	})
	names := make([]string, len(media))
	for i, m := range media {
		names[i] = m.Name
	}
	h.removeFiles(names)
	if err != nil {
		return nil, storeError("delete messages", err)
	}
	return gone, nil
}

// audit keeps a line about what one in charge did to a session.
func (h *House) audit(ctx context.Context, r *room, line Message, session string) error {
	return h.auditAs(ctx, r, Entry{Message: line}, session)
}

// auditAs is audit with another change of the member.
func (h *House) auditAs(ctx context.Context, r *room, e Entry, session string) error {
	line := &e.Message
	r.mu.Lock()
	to := r.knows(session)
	if to == nil { // forgotten meanwhile
		r.mu.Unlock()
		return nil
	}
	line.By = *to
	line.By.Left = time.Time{}
	r.mu.Unlock()
	err := h.keepLine(context.WithoutCancel(ctx), r, e, func(m Message) {
		if e.Role != nil {
			to.Role = *e.Role
		}
		r.announce(EventPosted, &m)
	})
	if err != nil {
		return storeError("tell the room", err)
	}
	return nil
}
