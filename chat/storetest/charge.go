package storetest

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func roles(t *testing.T, k *kit) {
	room, owner := k.room()
	other := k.member()
	k.append(chat.Entry{Message: line(room, "j", chat.LineJoin, other), Seat: chat.SeatTaken})
	said := k.append(text(room, "a", "x", other))
	for i, role := range []chat.Role{chat.RoleModerator, chat.RoleMember} {
		named := line(room, string('a'+rune(i)), chat.LineNamed, other)
		named.Actor = &owner
		if m := k.append(chat.Entry{Message: named, Role: &role}); m.By.Role != role {
			t.Errorf("told %s, want %s", m.By.Role, role)
		}
		r, err := k.Room(t.Context(), room)
		k.check(err)
		for _, m := range r.Members {
			if want := map[string]chat.Role{owner.ID: chat.RoleOwner, other.ID: role}[m.ID]; m.Role != want {
				t.Errorf("%s is a %s, want %s", m.ID, m.Role, want)
			}
		}
		if m := k.all(room)[said.Seq-1]; m.By.Role != role {
			t.Errorf("the author is a %s, want %s", m.By.Role, role)
		}
	}
}

func roomBans(t *testing.T, k *kit) {
	a, owner := k.room()
	b, _ := k.room()
	add := func(ban chat.RoomBan) {
		t.Helper()
		told := false
		k.check(k.AddRoomBan(t.Context(), ban, func() { told = true }))
		if !told {
			t.Error("the ban wasn't told")
		}
	}
	first := chat.RoomBan{Room: a, Session: "x", Networks: []netip.Prefix{netip.MustParsePrefix("203.0.113.9/32"), netip.MustParsePrefix("2001:db8::/64")},
		Until: start.Add(time.Hour), Reason: "이유", Actor: owner.ID, Created: start}
	second := chat.RoomBan{Room: b, Session: "x", Actor: owner.ID, Created: start.Add(time.Second)}
	add(chat.RoomBan{Room: a, Session: "x", Actor: owner.ID, Created: start})
	add(second)
	add(first)
	same := func(x, y chat.RoomBan) bool {
		return x.Room == y.Room && x.Session == y.Session && slices.Equal(x.Networks, y.Networks) && x.Until.Equal(y.Until) &&
			x.Reason == y.Reason && x.Actor == y.Actor && x.Created.Equal(y.Created)
	}
	all, err := k.RoomBans(t.Context())
	k.check(err)
	if !slices.EqualFunc(all, []chat.RoomBan{first, second}, same) {
		t.Errorf("bans %+v", all)
	}
	if err := k.AddRoomBan(t.Context(), chat.RoomBan{Room: "none", Session: "x"}, nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("in no room: %v", err)
	}
	k.check(k.RemoveRoomBans(t.Context(), start.Add(time.Hour)))
	if err := k.LiftRoomBan(t.Context(), a, "x", nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("lifted what was over: %v", err)
	}
	k.check(k.LiftRoomBan(t.Context(), b, "x", func() {}))
	add(first)
	_, err = k.RemoveRoom(t.Context(), a)
	k.check(err)
	if all, err := k.RoomBans(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("bans %+v, %v", all, err)
	}
}

func reports(t *testing.T, k *kit) {
	a, _ := k.room()
	b, _ := k.room()
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Second) }
	for i, r := range []chat.Report{
		{Room: a, About: "x", Seq: 3, By: "1", Reason: "이유"}, {Room: a, About: "x", By: "1"}, {Room: a, About: "x", Seq: 3, By: "2"},
		{Room: b, About: "x", By: "1"}, {Room: a, About: "x", Seq: 3, By: "1", Reason: "another"},
	} {
		r.Created = at(i)
		k.check(k.AddReport(t.Context(), r, 3))
	}
	want := []chat.Report{
		{Room: a, About: "x", Seq: 3, By: "1", Reason: "another", Created: at(4)},
		{Room: a, About: "x", Seq: 3, By: "2", Created: at(2)}, {Room: a, About: "x", By: "1", Created: at(1)},
	}
	has := func(room string, want ...chat.Report) {
		t.Helper()
		if all, err := k.Reports(t.Context(), room); err != nil || !slices.Equal(all, want) {
			t.Errorf("reports %+v, %v", all, err)
		}
	}
	has(a, want...)
	newest := chat.Report{Room: a, About: "y", By: "1", Created: at(9)}
	k.check(k.AddReport(t.Context(), newest, 3))
	has(a, newest, want[0], want[1])
	k.check(k.DropReports(t.Context(), a, "x", 3))
	has(a, newest)
	k.check(k.AddReport(t.Context(), want[0], 3))
	k.check(k.DropReports(t.Context(), a, "x", -1))
	has(a, newest)
	has(b, chat.Report{Room: b, About: "x", By: "1", Created: at(3)})
	if err := k.AddReport(t.Context(), chat.Report{Room: "none", About: "x", By: "1"}, 3); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("in no room: %v", err)
	}
}
