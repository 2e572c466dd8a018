package chat

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"
)

// Importer adds a room that was exported elsewhere: a House, or the store of one that doesn't run.
type Importer interface {
	// ImportRoom adds a room with those members and messages, whole or not at all.
	ImportRoom(ctx context.Context, r RoomRecord, messages iter.Seq2[Message, error]) error
}

// ImportRoom adds a room that was made elsewhere. Its members are people of the past: nobody has
// their sessions, so whoever is there next gets the room, as if its owner had been away for long.
// What it says has to have been checked, see [Limits.Imported].
func (h *House) ImportRoom(ctx context.Context, rec RoomRecord, messages iter.Seq2[Message, error]) error {
	h.mu.RLock()
	full := h.limits.Rooms >= 0 && len(h.rooms) >= h.limits.Rooms
	h.mu.RUnlock()
	if full {
		return met(ServerFull, "rooms", h.limits.Rooms, "too many rooms")
	}
	var bytes, last int64
	counted := func(yield func(Message, error) bool) {
		for m, err := range messages {
			for _, f := range m.Media {
				bytes += f.Bytes
			}
			last = m.Seq
			if !yield(m, err) {
				return
			}
		}
	}
	if err := h.store.ImportRoom(ctx, rec, counted); err != nil {
		return err
	}
	rec.LastRev = last
	r := h.newRoom(rec)
	r.media = bytes
	h.space.settle(0, bytes)
	h.addRoom(r)
	h.observer.opened()
	return nil
}

// Imported cleans what a message says that was kept elsewhere, or fails when it isn't what is kept
// here. Whom it is about is another matter.
func (l Limits) Imported(m *Message, now time.Time) (err error) {
	l = l.withDefaults()
	if err := importedTime(m.Created, now); err != nil {
		return err
	}
	switch m.Kind {
	case KindSystem:
		return l.importedLine(m)
	case KindMedia, KindText:
	default:
		return Fail(BadMessage, "a message is a text, has images, or is a line of the server")
	}
	if m.Code != "" || m.Title != "" || m.Actor != nil || m.N != 0 || !m.Until.IsZero() || m.Reason != "" || m.Was != (Called{}) || m.Now != (Called{}) {
		return Fail(BadMessage, "a message of somebody says nothing as a line of the server does")
	}
	switch m.Deleted {
	case "":
	case DeletedByAuthor, DeletedInCharge:
		if m.Text != "" || len(m.Media) > 0 {
			return Fail(BadMessage, "nothing is left of a message that is deleted")
		}
		return nil
	default:
		return Fail(BadMessage, "a message is deleted by its author, or by those in charge")
	}
	if (m.Kind == KindMedia) != (len(m.Media) > 0) {
		return Fail(BadMessage, "a message with images has some, and no other has")
	}
	if len(m.Media) > l.Pictures {
		return l.TooManyImages()
	}
	for i := range m.Media {
		if m.Media[i].Alt, err = l.alt(m.Media[i].Alt); err != nil {
			return err
		}
	}
	if m.Text == "" && m.Kind == KindMedia {
		return nil
	}
	m.Text, err = l.text(m.Text)
	return err
}

// importedTime fails for a time that can't have been. What claims to be of the future would outlast
// the room's history and be above all others in the lobby; clocks may differ by a day.
func importedTime(t, now time.Time) error {
	if t.Year() < 2000 || t.Sub(now) > 24*time.Hour {
		return Fail(BadRequest, fmt.Sprintf("a time is from 2000 to now, not %s", t.Format(time.DateOnly)))
	}
	return nil
}

// lineCodes are those of lines of the server.
var lineCodes = map[string]bool{
	LineCreated: true, LineJoin: true, LineExit: true, LineNick: true, LineOwner: true,
	LineRemoved: true, LineCleared: true, LineBanned: true, LineLifted: true, LineNamed: true, LineUnnamed: true,
	LineTitle: true, LineMax: true, LinePassword: true, LineOpen: true, LineListed: true, LineUnlisted: true,
	LineQuiet: true, LineTalk: true, LineSlow: true,
}

func (l Limits) importedLine(m *Message) (err error) {
	if !lineCodes[m.Code] {
		return Fail(BadMessage, "a line of the server has a code that is known")
	}
	if m.Text != "" || len(m.Media) > 0 || m.Deleted != "" || m.N < 0 || m.N > 1<<30 {
		return Fail(BadMessage, "a line of the server says nothing of its own")
	}
	if m.Title != "" || m.Code == LineTitle || m.Code == LineCreated {
		if m.Title, err = l.title(m.Title); err != nil {
			return err
		}
	}
	if m.Reason, err = l.reason(m.Reason); err != nil {
		return err
	}
	for _, c := range []*Called{&m.Was, &m.Now} {
		if err := l.importedName(&c.NameIdx, &c.Nickname); err != nil {
			return err
		}
		c.Tag = ""
	}
	return nil
}

func (l Limits) importedName(idx *int, nickname *string) (err error) {
	if *idx < 0 || *idx >= names {
		return Fail(BadNick, "there is no such generated name")
	}
	if *nickname != "" {
		*nickname, err = l.nickname(*nickname)
	}
	return err
}

// longGone is how long the people of a room that was made elsewhere have been away: its owner for
// longer than ownership is kept.
const longGone = 10 * 365 * 24 * time.Hour

// ImportedRoom cleans what a room that was made elsewhere says of itself and of its people, or
// fails when that isn't what is kept here. What it says of rights and of passphrases doesn't count,
// its door is open, and its life begins anew. Its messages are as old as they were: where the
// oldest one, of that time, would go at once by the room's history, all of them stay.
func (l Limits) ImportedRoom(r *RoomRecord, t Terms, oldest, now time.Time) (err error) {
	l, t = l.withDefaults(), t.withDefaults()
	if r.Title, err = l.title(r.Title); err != nil {
		return err
	}
	for _, t := range []time.Time{r.Created, r.Active} {
		if err := importedTime(t, now); err != nil {
			return err
		}
	}
	r.Max = min(max(r.Max, l.MaxLeast), l.MaxMost)
	r.Slug, r.PassHash, r.DoorLocked, r.Kept, r.Closing = "", "", false, false, time.Time{}
	r.LifeFrom = now.UTC().Truncate(time.Millisecond)
	if !slices.Contains(Slows, r.Slow) {
		return Fail(BadRequest, fmt.Sprintf("slow is one of %v", Slows))
	}
	if err := r.importedSpans(t, now.Sub(oldest)); err != nil {
		return err
	}
	colors := map[string]bool{}
	for i := range r.Members {
		m := &r.Members[i]
		if !isColor(m.Color) || colors[m.Color] {
			return Fail(BadRequest, "each person has a color, as #1a2b3c, that nobody else has")
		}
		colors[m.Color] = true
		if m.Hue < 0 || m.Hue >= Hues || m.Shape < 0 || m.Shape >= Shapes {
			return Fail(BadRequest, "a person has one of the hues and shapes that there are")
		}
		if err := l.importedName(&m.NameIdx, &m.Nickname); err != nil {
			return fmt.Errorf("the name of %s: %w", m.Color, err)
		}
		m.Tag, m.Role, m.Left = "", RoleMember, r.LifeFrom.Add(-longGone)
		if m.ID == r.OwnerID {
			m.Role, r.Owner = RoleOwner, m.Color
		}
	}
	if r.Owner == "" {
		return Fail(BadRequest, "a room has an owner")
	}
	return nil
}

// importedSpans are how long the room and its messages last, the oldest of which has that age.
// Older exports don't tell.
func (r *RoomRecord) importedSpans(t Terms, age time.Duration) error {
	if r.Life != "" && !slices.Contains(Lives, r.Life) {
		return failField(BadSpan, "life", fmt.Sprintf("life is one of %q", Lives))
	}
	if r.History != "" && !slices.Contains(Histories, r.History) {
		return failField(BadSpan, "history", fmt.Sprintf("history is one of %q", Histories))
	}
	if r.Life == "" || r.Life == UntilEmpty { // nobody is there yet
		r.Life = t.Life
	}
	r.Life = shorter(r.Life, t.LifeMost, Lives)
	if d, ok := r.History.Duration(); r.History == "" || ok && age >= d {
		r.History = Always
	}
	return nil
}

func isColor(s string) bool {
	if len(s) != 7 || s[0] != '#' {
		return false
	}
	for _, c := range []byte(s[1:]) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return false
		}
	}
	return true
}
