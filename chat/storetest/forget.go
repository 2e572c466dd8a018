package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// forget deletes the oldest messages in parts, with their media and with whom nobody needs to know.
func forget(t *testing.T, k *kit) {
	room, owner := k.room()
	other, by := k.room()
	k.append(text(other, "a", "stays", by))
	guest, seated := k.member(), k.member()
	sent := func(e chat.Entry, after time.Duration) chat.Message {
		e.Message.Created = start.Add(after)
		return k.append(e)
	}
	sent(chat.Entry{Message: line(room, "1", chat.LineJoin, guest), Seat: chat.SeatTaken}, time.Minute)
	sent(chat.Entry{Message: line(room, "2", chat.LineJoin, seated), Seat: chat.SeatTaken}, time.Minute)
	image := picture(room, "p", guest)
	sent(image, 2*time.Minute)
	for i := range 4 {
		sent(text(room, fmt.Sprint(i), "old", owner), 3*time.Minute)
	}
	sent(chat.Entry{Message: line(room, "3", chat.LineExit, guest), Seat: chat.SeatFreed}, 4*time.Minute)
	last := sent(text(room, "z", "young", owner), time.Hour)

	var told []chat.Forgotten
	call := func(before time.Time, limit int) chat.Forgotten {
		t.Helper()
		n := len(told)
		f, err := k.ForgetMessages(t.Context(), room, before, limit, func(f chat.Forgotten) { told = append(told, f) })
		k.check(err)
		if len(told) > n && told[n].First != f.First {
			t.Errorf("told %+v, got %+v", told[n], f)
		}
		return f
	}
	if f := call(start, 10); f.First != 1 || !f.Oldest.Equal(start) || f.More || len(told) != 0 {
		t.Errorf("nothing is older: %+v", f)
	}
	if f := call(start.Add(30*time.Minute), 5); f.First != 6 || !f.More || len(f.Members) != 0 || !slices.Equal(sorted(f.Files), sorted(filesOf(image))) || f.Bytes != 2*99 {
		t.Errorf("the first part: %+v", f)
	}
	f := call(start.Add(30*time.Minute), 5)
	if f.First != last.Seq || !f.Oldest.Equal(last.Created) || f.More || !slices.Equal(f.Members, []string{guest.ID}) || len(f.Files) != 0 || len(told) != 2 {
		t.Errorf("the second part: %+v", f)
	}
	if all := k.all(room); len(all) != 1 || all[0].Seq != last.Seq {
		t.Errorf("left: %+v", all)
	}
	if snap, err := k.Changes(t.Context(), room, 3, 10); err != nil || len(snap.Messages) != 1 || snap.Rev != last.Rev || snap.More {
		t.Errorf("changes: %+v, %v", snap, err)
	}
	if _, err := k.Media(t.Context(), image.Message.Media[1].Name); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("media: %v", err)
	}
	r, err := k.Room(t.Context(), room)
	k.check(err)
	if r.First != last.Seq || len(r.Members) != 2 {
		t.Errorf("first %d, members %+v", r.First, r.Members)
	}
	// All of it; numbers go on.
	if f := call(start.Add(2*time.Hour), 5); f.First != last.Seq+1 || !f.Oldest.IsZero() || f.More {
		t.Errorf("all: %+v", f)
	}
	if m := k.append(text(room, "next", "x", owner)); m.Seq != last.Seq+1 || m.Rev != last.Rev+1 {
		t.Errorf("next %+v", m)
	}
	if len(k.all(other)) != 2 {
		t.Error("another room's messages are gone")
	}
	if _, err := k.ForgetMessages(t.Context(), "nowhere", start, 1, nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("no room: %v", err)
	}
}

// forgetNamed keeps members whom something still names: who is banned, who was reported, and who
// did what a line tells of.
func forgetNamed(t *testing.T, k *kit) {
	room, owner := k.room()
	banned, reported, actor, nobody := k.member(), k.member(), k.member(), k.member()
	for i, m := range []chat.Member{banned, reported, actor, nobody} {
		e := chat.Entry{Message: line(room, fmt.Sprint("in", i), chat.LineJoin, m), Seat: chat.SeatTaken}
		e.Message.Created = start
		k.append(e)
		e = chat.Entry{Message: line(room, fmt.Sprint("out", i), chat.LineExit, m), Seat: chat.SeatFreed}
		e.Message.Created = start
		k.append(e)
	}
	done := line(room, "did", chat.LineRemoved, owner)
	done.Actor, done.Created = &actor, start.Add(time.Hour)
	k.append(chat.Entry{Message: done})
	k.check(k.AddRoomBan(t.Context(), chat.RoomBan{Room: room, Session: banned.ID, Actor: owner.ID, Created: start}, nil))
	k.check(k.AddReport(t.Context(), chat.Report{Room: room, About: reported.ID, By: owner.ID, Created: start}, 10))
	f, err := k.ForgetMessages(t.Context(), room, start.Add(time.Minute), 100, nil)
	if k.check(err); !slices.Equal(f.Members, []string{nobody.ID}) {
		t.Errorf("forgotten %q, want %q alone", f.Members, nobody.ID)
	}
}

// passOn gives a room another owner with the line that says so.
func passOn(t *testing.T, k *kit) {
	room, _ := k.room()
	heir := k.member()
	k.append(chat.Entry{Message: line(room, "1", chat.LineJoin, heir), Seat: chat.SeatTaken})
	role := chat.RoleOwner
	if m := k.append(chat.Entry{Message: line(room, "2", chat.LineOwner, heir), Role: &role}); m.By.Role != role {
		t.Errorf("%+v", m)
	}
	r, err := k.Room(t.Context(), room)
	k.check(err)
	if r.OwnerID != heir.ID || r.Owner != heir.Color || len(r.Members) != 2 {
		t.Errorf("%+v", r)
	}
	for _, m := range r.Members {
		if (m.Role == chat.RoleOwner) != (m.ID == heir.ID) {
			t.Errorf("%+v", m)
		}
	}
}

// resume makes the lives of rooms later by the time that the server was off.
func resume(t *testing.T, k *kit) {
	room, _ := k.room()
	from := func() time.Duration {
		t.Helper()
		r, err := k.Room(t.Context(), room)
		k.check(err)
		return r.LifeFrom.Sub(start)
	}
	at := start.Add(time.Hour)
	k.check(k.Resume(t.Context(), at, time.Minute))
	if d := from(); d != 0 {
		t.Errorf("nobody knew: %v", d)
	}
	k.check(k.Beat(t.Context(), at.Add(time.Minute)))
	k.check(k.Resume(t.Context(), at.Add(2*time.Minute), time.Minute))
	if d := from(); d != 0 {
		t.Errorf("a short while: %v", d)
	}
	k.check(k.Resume(t.Context(), at.Add(50*time.Hour), time.Minute))
	if d := from(); d != 50*time.Hour-2*time.Minute {
		t.Errorf("two days: %v", d)
	}
	k.check(k.Resume(t.Context(), at.Add(-time.Hour), time.Minute)) // a clock that was ahead
	k.check(k.Resume(t.Context(), at.Add(time.Hour), time.Minute))
	if d := from(); d != 50*time.Hour-2*time.Minute {
		t.Errorf("back in time: %v", d)
	}
}
