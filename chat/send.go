package chat

import (
	"context"
	"errors"
)

// Send posts a text. It returns after the commit; dup says that this sender's cid was already used
// in the room, and m is then the first message, whatever the text is now. It fails with NotMember,
// BadMessage, TooLong, RateLimited and others. Sending again is counted as sending: who is refused
// then hears dup after the pause.
func (h *House) Send(ctx context.Context, who Visitor, p Post) (m Message, dup bool, err error) {
	r, by, cid, err := h.sending(who, p)
	if err != nil {
		return Message{}, false, err
	}
	undo, err := r.pace(by)
	if err != nil {
		return Message{}, false, err
	}
	defer func() {
		if err != nil || dup {
			undo()
		}
	}()
	// Looking at a text costs more than keeping it, so what is refused for its sake counts too.
	if err := h.rates.send(who, r.id, min(len(p.Text), h.limits.MessageBytes)); err != nil {
		return Message{}, false, err
	}
	text, err := h.limits.text(p.Text)
	if err != nil {
		return Message{}, false, err
	}
	return h.post(ctx, r, Message{CID: cid, Kind: KindText, Text: text, By: by})
}

func (h *House) sending(who Visitor, p Post) (r *room, by Member, cid string, err error) {
	if err = h.bans.check(who); err != nil { // its body may have come slowly
		return nil, Member{}, "", err
	}
	if r, err = h.room(p.Room); err != nil {
		return nil, Member{}, "", err
	}
	if by, err = r.sender(who); err != nil {
		return nil, Member{}, "", err
	}
	cid, err = requestID(p.CID)
	return r, by, cid, err
}

func (h *House) post(ctx context.Context, r *room, m Message) (Message, bool, error) {
	m.ID, m.Room, m.Created = NewID(), r.id, now()
	if err := r.hold(); err != nil {
		return Message{}, false, err
	}
	defer r.letGo()
	brief := h.limits.last(m)
	// Once begun it is carried through: half the callers that give up would find it sent.
	m, dup, err := h.store.Append(context.WithoutCancel(ctx), Entry{Message: m}, func(m Message) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.rec.Active = m.Created
		if m.Created.After(r.rec.LifeFrom) {
			r.rec.LifeFrom = m.Created
		}
		for _, f := range m.Media {
			r.media += f.Bytes
		}
		r.last = brief
		r.last.seq = m.Seq
		r.announce(EventPosted, &m)
		h.tell(r)
	})
	if err != nil {
		return Message{}, false, storeError("keep the message", err)
	}
	h.observer.sent(m, dup)
	return m, dup, nil
}

// hold keeps the room from being closed by time while something is written that prolongs its life,
// until letGo.
func (r *room) hold() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return Fail(Closed, "the room is closed")
	}
	r.waits++
	return nil
}

func (r *room) letGo() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.waits--
}

// Media finds an image by file name, or fails with NotFound. Whether somebody may see it is
// answered by Allowed for its Room.
func (h *House) Media(ctx context.Context, name string) (Media, error) {
	m, err := h.store.Media(ctx, name)
	if errors.Is(err, ErrNotFound) {
		return Media{}, Fail(NotFound, "no such file")
	}
	if err != nil {
		return Media{}, storeError("find the file", err)
	}
	return m, nil
}

// HistoryQuery asks for older or newer messages. Before and After are seqs, exclusive, and a Before
// of 0 is open.
type HistoryQuery struct {
	Room          string
	Grant         string // as in JoinRequest
	Before, After int64
	Oldest        bool // the oldest that match are meant, else the newest
	Limit         int  // 0, or more than Limits.HistoryPage = Limits.HistoryPage
}

// History reads a page of a room that who is allowed to read, in seq order. Who isn't known is
// counted by address.
func (h *House) History(ctx context.Context, who Visitor, q HistoryQuery) (Snapshot, error) {
	if err := h.Allowed(ctx, who, q.Room, q.Grant); err != nil {
		return Snapshot{}, err
	}
	if q.Before < 0 || q.After < 0 || q.Limit < 0 {
		return Snapshot{}, Fail(BadRequest, "before, after and limit aren't negative")
	}
	if err := h.rates.take(h.rates.visitor(&h.rates.history, who)...); err != nil {
		return Snapshot{}, err
	}
	limit := q.Limit
	if limit == 0 || limit > h.limits.HistoryPage {
		limit = h.limits.HistoryPage
	}
	snap, err := h.store.Messages(ctx, q.Room, Range{Before: q.Before, After: q.After, Oldest: q.Oldest, Limit: limit})
	if err != nil {
		return Snapshot{}, storeError("read messages", err)
	}
	snap.Epoch = h.store.Epoch()
	return snap, nil
}
