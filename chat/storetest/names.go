package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

// memberships are what somebody is in each room.
func memberships(t *testing.T, k *kit) {
	one, owner := k.room()
	two, _ := k.room()
	m := k.member()
	for _, room := range []string{one, two} {
		k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, m), Seat: chat.SeatTaken})
	}
	k.append(chat.Entry{Message: line(two, "x", chat.LineExit, m), Seat: chat.SeatFreed})
	all, err := k.Memberships(t.Context(), m.ID)
	if k.check(err); len(all) != 2 || all[one] != m || all[two].Color != m.Color || all[two].Left.IsZero() {
		t.Errorf("%+v", all)
	}
	if all, err := k.Memberships(t.Context(), owner.ID); err != nil || len(all) != 1 || all[one].Role != chat.RoleOwner {
		t.Errorf("%+v, %v", all, err)
	}
	if all, err := k.Memberships(t.Context(), "nobody"); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
}

func names(t *testing.T, k *kit) {
	room, owner := k.room()
	k.append(text(room, "c", "hello", owner))
	id := owner.Identity
	id.Nickname, id.Tag = "민수", "k3f9q2"
	line := func(room string) chat.Message {
		by := owner
		by.Identity = id
		return chat.Message{ID: chat.NewID(), Room: room, CID: "sys:" + chat.NewID(), Kind: chat.KindSystem, Code: chat.LineNick, Created: start,
			By: by, Was: chat.Called{NameIdx: owner.NameIdx}, Now: chat.Called{NameIdx: owner.NameIdx, Nickname: "민수", Tag: "k3f9q2"}}
	}
	var told []chat.Message
	k.check(k.Rename(t.Context(), id, []chat.Message{line(room), line("gone")}, func(lines []chat.Message) { told = lines }))
	if len(told) != 1 || told[0].Seq != 3 || told[0].Rev != 3 {
		t.Errorf("told %+v", told)
	}
	if got, err := k.Profile(t.Context(), owner.ID); err != nil || got != id {
		t.Errorf("profile %+v, %v", got, err)
	}
	for _, m := range k.all(room) {
		if m.By.Nickname != "민수" || m.By.Tag != "k3f9q2" {
			t.Errorf("%d is of %q %q", m.Seq, m.By.Nickname, m.By.Tag)
		}
		if m.Code == chat.LineNick && (m.Was != told[0].Was || m.Now != told[0].Now) {
			t.Errorf("line %+v", m)
		}
	}
	r, err := k.Room(t.Context(), room)
	k.check(err)
	if m := r.Members[0]; m.Nickname != "민수" || m.Tag != "k3f9q2" {
		t.Errorf("member %+v", m)
	}
	if err := k.Rename(t.Context(), chat.Identity{ID: "gone"}, nil, nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a session that is gone: %v", err)
	}
	if _, err := k.Profile(t.Context(), "gone"); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a session that is gone: %v", err)
	}

	k.check(k.Forget(t.Context(), owner.ID, start))
	for _, m := range k.all(room) {
		if m.By.Nickname != "" || m.By.Tag != "" {
			t.Errorf("%d is of %q %q", m.Seq, m.By.Nickname, m.By.Tag)
		}
		if plain := (chat.Called{NameIdx: owner.NameIdx}); m.Code == chat.LineNick && (m.Was != plain || m.Now != plain) {
			t.Errorf("the line of %+v and %+v", m.Was, m.Now)
		}
	}
}

func devices(t *testing.T, k *kit) {
	first := k.session()
	second := k.newSession()
	second.Identity, second.Label = first.Identity, "Firefox · Linux"
	second.Created = start.Add(time.Minute)
	k.check(k.AddSession(t.Context(), second))
	k.check(k.Label(t.Context(), first.Device, "Chrome · Android"))
	first.Label = "Chrome · Android"
	for _, s := range []chat.Session{first, second} {
		got, err := k.Session(t.Context(), s.TokenHash)
		s.Renewed = got.Renewed
		if err != nil || got != s {
			t.Errorf("got %+v, %v, want %+v", got, err, s)
		}
	}
	list := func(want ...chat.Session) {
		t.Helper()
		all, err := k.Devices(t.Context(), first.ID, start)
		k.check(err)
		if len(all) != len(want) {
			t.Fatalf("devices %+v", all)
		}
		for i, d := range all {
			if d.ID != want[i].Device || d.Label != want[i].Label || !d.Created.Equal(want[i].Created) {
				t.Errorf("device %+v", d)
			}
		}
	}
	list(first, second)
	k.check(k.EndDevice(t.Context(), first.ID, first.Device, start))
	if err := k.EndDevice(t.Context(), first.ID, first.Device, start); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
	if err := k.EndDevice(t.Context(), "other", second.Device, start); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("ended by another: %v", err)
	}
	if _, err := k.Session(t.Context(), first.TokenHash); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a device that has ended: %v", err)
	}
	list(second)
	// The first session holds who it is, as long as there is another.
	if n, err := k.RemoveSessions(t.Context(), start, start, 10); err != nil || n != 0 {
		t.Errorf("removed %d, %v", n, err)
	}
	if got, err := k.Session(t.Context(), second.TokenHash); err != nil || got.Identity != first.Identity {
		t.Errorf("got %+v, %v", got, err)
	}
	k.check(k.Forget(t.Context(), first.ID, start))
	list()
	for range 2 {
		_, err := k.RemoveSessions(t.Context(), start, start, 10)
		k.check(err)
	}
	if _, err := k.Profile(t.Context(), first.ID); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a forgotten visitor: %v", err)
	}
}
