package chat

import (
	"context"
	"time"
)

// Forget ends all devices of a visitor, its seats and its names: what it has said stays, under the
// generated name, in open pages too. It returns when the seats are free.
func (h *House) Forget(ctx context.Context, who Visitor) error {
	ctx = context.WithoutCancel(ctx)
	done, err := h.naming.take(ctx, who.ID)
	if err != nil {
		return err
	}
	defer done()
	// People in rooms see that the name ends, before it does.
	id := Identity{ID: who.ID}
	_, lines, err := h.claim(ctx, id, false)
	if err == nil {
		lines, err = h.quietly(ctx, who.ID, lines)
	}
	if err == nil {
		err = h.store.Rename(ctx, id, lines, func(lines []Message) {
			for _, m := range lines {
				if r, err := h.room(m.Room); err == nil {
					h.renamed(r, m)
				}
			}
		})
	}
	if err == nil {
		err = h.store.Forget(ctx, who.ID, time.Now())
	}
	if err != nil {
		return storeError("forget a visitor", err)
	}
	h.sessions.forgetOf(func(s Session) bool { return s.ID == who.ID })
	e := Ending{Session: who.ID}
	h.endings.tell(e)
	h.links.drop(e)
	h.unseat(ctx, Lockout{Session: who.ID})
	for _, r := range h.all() {
		h.unname(r, who.ID)
	}
	return nil
}

// quietly adds the lines of rooms where a visitor has no seat, and a name: pages learn from them
// how it is called now, and show nothing, as they don't tell how it was.
func (h *House) quietly(ctx context.Context, session string, lines []Message) ([]Message, error) {
	rooms, err := h.store.Memberships(ctx, session)
	if err != nil {
		return nil, err
	}
	for _, m := range lines {
		delete(rooms, m.Room)
	}
	for room, by := range rooms {
		if r, err := h.room(room); err != nil || by.Nickname == "" && by.Tag == "" || !r.visited() {
			continue
		}
		by.Nickname, by.Tag, by.Left, by.Removed = "", "", time.Time{}, time.Time{}
		called := calledOf(by.Identity)
		lines = append(lines, Message{ID: NewID(), Room: room, CID: systemCID(), Kind: KindSystem, Code: LineNick, Created: now(), By: by,
			Was: called, Now: called})
	}
	return lines, nil
}

// visited tells whether anybody has ever been in the room.
func (r *room) visited() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rec.LastRev > 1
}

// unname takes the names of a session from what a room remembers.
func (h *House) unname(r *room, session string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if m := r.knows(session); m != nil {
		r.call(m, Identity{})
	}
	r.changes++
	if r.last.by == session {
		r.last.called = Called{NameIdx: r.last.called.NameIdx}
		h.tell(r)
	}
}
