package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/madang-chat/madang/chat"
)

func rooms(t *testing.T, k *kit) {
	owner := k.member()
	r, first := k.record(owner)
	r.PassHash, r.PassVer, r.Locked, r.Listed, r.Max, r.Slug = "$hash", 1, true, false, 2, "독서모임"
	_, err := k.AddRoom(t.Context(), r, "c", first)
	k.check(err)
	got, err := k.Rooms(t.Context())
	k.check(err)
	r.Members[0].Role = chat.RoleOwner
	if len(got) != 1 || got[0].Room != r.Room || got[0].PassHash != r.PassHash || got[0].PassVer != 1 || got[0].LastRev != 1 || got[0].Members != nil {
		t.Errorf("got %+v, want %+v", got, r)
	}
	one, err := k.Room(t.Context(), r.ID)
	if k.check(err); one.Room != r.Room || !slices.Equal(one.Members, r.Members) {
		t.Errorf("got %+v, want %+v", one, r)
	}
	msgs := k.all(r.ID)
	first.Seq, first.Rev = 1, 1
	if len(msgs) != 1 || !same(msgs[0], first) {
		t.Errorf("got %+v, want %+v", msgs, first)
	}
}

func roomOnce(t *testing.T, k *kit) {
	if _, err := k.RoomMade(t.Context(), "nobody", "c"); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("nothing made: %v", err)
	}
	owner, other := k.member(), k.member()
	a, first := k.record(owner)
	_, err := k.AddRoom(t.Context(), a, "c", first)
	k.check(err)
	b, first := k.record(owner)
	if id, err := k.AddRoom(t.Context(), b, "c", first); err != nil || id != a.ID {
		t.Errorf("again: %s, %v", id, err)
	}
	c, first := k.record(other)
	if id, err := k.AddRoom(t.Context(), c, "c", first); err != nil || id != c.ID {
		t.Errorf("another's cid: %s, %v", id, err)
	}
	if id, err := k.RoomMade(t.Context(), owner.ID, "c"); err != nil || id != a.ID {
		t.Errorf("made: %s, %v", id, err)
	}
	if all, err := k.Rooms(t.Context()); err != nil || len(all) != 2 {
		t.Errorf("%d rooms, %v", len(all), err)
	}
}

func slugs(t *testing.T, k *kit) {
	first, line := k.record(k.member())
	first.Slug = "독서모임"
	_, err := k.AddRoom(t.Context(), first, "c", line)
	k.check(err)
	second, line := k.record(k.member())
	second.Slug = first.Slug
	if id, err := k.AddRoom(t.Context(), second, "c", line); err == nil {
		t.Errorf("two rooms have one slug: %s and %s", first.ID, id)
	}
	_, err = k.RemoveRoom(t.Context(), first.ID)
	k.check(err)
	_, err = k.AddRoom(t.Context(), second, "c", line)
	k.check(err)
	if r, err := k.Room(t.Context(), second.ID); err != nil || r.Slug != "독서모임" {
		t.Errorf("%+v, %v", r, err)
	}
}

func removeRoom(t *testing.T, k *kit) {
	id, owner := k.room()
	other, by := k.room()
	k.append(text(id, "a", "안녕", owner))
	k.append(text(other, "a", "hi", by))
	image := picture(id, "b", owner)
	k.append(image)
	files, err := k.RemoveRoom(t.Context(), id)
	k.check(err)
	if !slices.Equal(sorted(files), sorted(filesOf(image))) {
		t.Errorf("files %v", files)
	}
	if _, err := k.RemoveRoom(t.Context(), id); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}
	if _, err := k.Messages(t.Context(), id, chat.Range{Limit: 1}); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("messages: %v", err)
	}
	if _, err := k.Changes(t.Context(), id, 0, 1); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("changes: %v", err)
	}
	if _, err := k.Media(t.Context(), image.Message.Media[0].Name); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("media: %v", err)
	}
	for _, e := range []chat.Entry{text(id, "c", "late", owner), {Message: text(id, "d", "", owner).Message, Seat: chat.SeatTaken}} {
		if _, _, err := k.Append(t.Context(), e, nil); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("append: %v", err)
		}
	}
	k.isGapless(k.all(other), 2)
}

func seats(t *testing.T, k *kit) {
	room, _ := k.room()
	m := k.member()
	find := func() chat.Member {
		t.Helper()
		r, err := k.Room(t.Context(), room)
		k.check(err)
		for _, got := range r.Members {
			if got.ID == m.ID {
				return got
			}
		}
		t.Fatal("no such member")
		return chat.Member{}
	}
	k.append(chat.Entry{Message: line(room, "1", chat.LineJoin, m), Seat: chat.SeatTaken})
	if got := find(); got != m {
		t.Errorf("seated: %+v, want %+v", got, m)
	}
	k.append(text(room, "a", "x", m))
	if got := find(); got != m {
		t.Errorf("after a message: %+v, want %+v", got, m)
	}
	k.append(chat.Entry{Message: line(room, "1", chat.LineExit, m), Seat: chat.SeatFreed})
	if got := find(); got.Left.IsZero() || got.Color != m.Color {
		t.Errorf("left: %+v", got)
	}
	k.append(chat.Entry{Message: line(room, "2", chat.LineJoin, m), Seat: chat.SeatTaken})
	if got := find(); got != m {
		t.Errorf("back: %+v, want %+v", got, m)
	}
	// Removed, until it is back or a ban is lifted.
	for i, lift := range []bool{false, true} {
		k.append(chat.Entry{Message: line(room, fmt.Sprint("out", i), chat.LineRemoved, m), Seat: chat.SeatRemoved})
		if got := find(); got.Left.IsZero() || !got.Removed.Equal(got.Left) {
			t.Errorf("removed: %+v", got)
		}
		if lift {
			k.check(k.AddRoomBan(t.Context(), chat.RoomBan{Room: room, Session: m.ID, Created: start}, nil))
			k.check(k.LiftRoomBan(t.Context(), room, m.ID, nil))
			if got := find(); got.Left.IsZero() || !got.Removed.IsZero() {
				t.Errorf("lifted: %+v", got)
			}
		}
		k.append(chat.Entry{Message: line(room, fmt.Sprint("back", i), chat.LineJoin, m), Seat: chat.SeatTaken})
		if got := find(); got != m {
			t.Errorf("back: %+v, want %+v", got, m)
		}
	}
	// In this room one is called otherwise than elsewhere, and then isn't any more.
	for i, name := range []int{m.NameIdx + 1000, m.NameIdx} {
		m.NameIdx = name
		k.append(chat.Entry{Message: line(room, fmt.Sprint("name", i), chat.LineJoin, m), Seat: chat.SeatTaken})
		if got := find(); got != m {
			t.Errorf("renamed: %+v, want %+v", got, m)
		}
		for _, got := range k.all(room)[1:] {
			if got.By.NameIdx != name {
				t.Errorf("message of %d, want %d", got.By.NameIdx, name)
			}
		}
	}
}
