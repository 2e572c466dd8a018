package chat

import (
	"context"
	"fmt"

	"github.com/rivo/uniseg"
)

// Glimpse is what the list shows of a room that anybody may walk into: who is there, and what was
// said last. What it holds doesn't change.
type Glimpse struct {
	Faces []Face
	Said  *Said // nil = nothing, as far as is known
}

// Face is somebody with a seat. The first to come are shown, Limits.LobbyFaces of them.
type Face struct {
	Called
	Hue, Shape int
}

// Said is a message in short.
type Said struct {
	By    Called
	Color string // of who said it, as in the room
	Text  string // on one line, Limits.LobbyText characters at most
	Media bool   // it is an image
}

// last is the newest message of a room.
type last struct {
	seq    int64
	by     string // session
	color  string
	called Called // while the room doesn't know by
	text   string
	media  bool
}

func (l Limits) last(m Message) last {
	return last{m.Seq, m.By.ID, m.By.Color, calledOf(m.By.Identity), l.brief(m.Text), m.Media != nil}
}

// brief is the beginning of a text on one line.
func (l Limits) brief(text string) string {
	text = line(text)
	end := 0
	for n, g := 0, uniseg.NewGraphemes(text); n < l.LobbyText && g.Next(); n++ {
		_, end = g.Positions()
	}
	if end < len(text) {
		return text[:end] + "…"
	}
	return text
}

// row is the room as the lobby shows it; mu is held. Of a room with a password, or with a locked
// door, those outside see nothing of what is inside.
func (h *House) row(r *room) Room {
	v := r.view()
	if v.Locked || !v.Listed || v.DoorLocked {
		return v
	}
	v.Glimpse = &Glimpse{}
	for _, s := range r.order[:min(len(r.order), h.limits.LobbyFaces)] {
		v.Glimpse.Faces = append(v.Glimpse.Faces, Face{calledOf(s.member.Identity), s.member.Hue, s.member.Shape})
	}
	if r.last.seq > 0 && r.last.seq >= v.First {
		v.Glimpse.Said = &Said{r.calledLast(), r.last.color, r.last.text, r.last.media}
	}
	return v
}

// calledLast is how who spoke last is called; mu is held.
func (r *room) calledLast() Called {
	if by := r.knows(r.last.by); by != nil {
		return calledOf(by.Identity)
	}
	return r.last.called
}

// unsaid forgets the newest message when it is deleted, or older than all that is left; mu is held.
func (h *House) unsaid(r *room, seq int64) {
	if r.last.seq > 0 && (r.last.seq == seq || r.last.seq < r.rec.First) {
		r.last = last{}
		h.tell(r)
	}
}

// readLast reads what was said last in each room, at the start.
func (h *House) readLast(ctx context.Context) error {
	all, err := h.store.Last(ctx)
	if err != nil {
		return fmt.Errorf("read last messages: %w", err)
	}
	for _, m := range all {
		r := h.rooms[m.Room]
		if r == nil {
			continue
		}
		r.mu.Lock()
		r.last = h.limits.last(m)
		if r.rec.Listed {
			h.directory.put(h.row(r))
		}
		r.mu.Unlock()
	}
	return nil
}
