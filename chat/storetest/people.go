package storetest

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func sessions(t *testing.T, k *kit) {
	s := k.session()
	got, err := k.Session(t.Context(), s.TokenHash)
	k.check(err)
	if got != s {
		t.Errorf("got %+v, want %+v", got, s)
	}
	if _, err := k.Session(t.Context(), sha256.Sum256(nil)); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("unknown session: %v", err)
	}
	s.Seen, s.Expires = start.Add(time.Hour), start.Add(2*time.Hour)
	k.check(k.TouchSessions(t.Context(), []chat.Seen{{Session: "gone"}, {Session: s.ID, At: s.Seen, Expires: s.Expires}}))
	if got, err = k.Session(t.Context(), s.TokenHash); err != nil || got != s {
		t.Errorf("touched: got %+v, %v, want %+v", got, err, s)
	}
	if err := k.AddSession(t.Context(), s); err == nil {
		t.Error("the same session was added twice")
	}
}

func removeSessions(t *testing.T, k *kit) {
	room, owner := k.room()
	member := k.member()
	k.append(chat.Entry{Seat: chat.SeatTaken, Message: chat.Message{ID: chat.NewID(), Room: room, CID: "sys:1",
		Kind: chat.KindSystem, Code: chat.LineJoin, Created: start, By: member}})
	k.append(text(room, "c", "hello", member))
	seen, other := k.session(), k.session()
	k.check(k.TouchSessions(t.Context(), []chat.Seen{{Session: seen.ID, At: start.Add(time.Minute), Expires: seen.Expires}}))
	has := func(s chat.Session) bool {
		_, err := k.Session(t.Context(), s.TokenHash)
		return err == nil
	}
	remove := func(now, unused time.Time, limit, want int) {
		t.Helper()
		if n, err := k.RemoveSessions(t.Context(), now, unused, limit); err != nil || n != want {
			t.Errorf("removed %d sessions, %v, want %d", n, err, want)
		}
	}
	remove(start, start, 10, 0)
	remove(start.Add(time.Hour-time.Millisecond), start.Add(time.Millisecond), 10, 1)
	if !has(seen) || has(other) {
		t.Error("not the unused session was removed")
	}
	k.session()
	remove(start.Add(time.Hour), start, 1, 1)
	remove(start.Add(time.Hour), start, 10, 1)
	if has(seen) {
		t.Error("an expired session is left")
	}
	r, err := k.Room(t.Context(), room)
	k.check(err)
	if len(r.Members) != 2 || r.OwnerID != owner.ID {
		t.Errorf("room %+v", r)
	}
	_, err = k.RemoveRoom(t.Context(), room)
	k.check(err)
	remove(start.Add(time.Hour), start, 10, 2)
}
