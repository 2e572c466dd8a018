package storetest

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func changeRoom(t *testing.T, k *kit) {
	yes, no := true, false
	id, owner := k.room()
	other, _ := k.room()
	n := 0
	change := func(c chat.RoomFields) chat.RoomRecord {
		t.Helper()
		k.check(k.ChangeRoom(t.Context(), id, c, func() { n++ }))
		r, err := k.Room(t.Context(), id)
		k.check(err)
		all, err := k.Rooms(t.Context())
		k.check(err)
		i := slices.IndexFunc(all, func(r chat.RoomRecord) bool { return r.ID == id })
		if len(all) != 2 || all[i].Room != r.Room || all[1-i].ID != other || all[1-i].Kept || !all[1-i].Listed {
			t.Errorf("one %+v, all %+v", r, all)
		}
		return r
	}
	for i, c := range []struct {
		chat.RoomFields
		kept, listed bool
	}{
		{chat.RoomFields{}, false, true},
		{chat.RoomFields{Kept: &yes}, true, true},
		{chat.RoomFields{Listed: &no}, true, false},
		{chat.RoomFields{Kept: &no, Listed: &yes}, false, true},
	} {
		if r := change(c.RoomFields); r.Kept != c.kept || r.Listed != c.listed || r.LastRev != 1 || n != i+1 {
			t.Errorf("%d: %+v, committed %d times", i, r, n)
		}
	}
	if r := change(chat.RoomFields{DoorLocked: &yes}); !r.DoorLocked {
		t.Errorf("%+v", r)
	}
	if r := change(chat.RoomFields{Listed: &yes}); !r.DoorLocked {
		t.Errorf("%+v", r)
	}
	if r := change(chat.RoomFields{DoorLocked: &no}); r.DoorLocked {
		t.Errorf("%+v", r)
	}
	life, history, from := chat.Day, chat.Month, start.Add(time.Hour)
	if r := change(chat.RoomFields{Life: &life, History: &history, LifeFrom: &from}); r.Life != life || r.History != history || !r.LifeFrom.Equal(from) {
		t.Errorf("%+v", r)
	}
	k.append(text(id, "early", "x", owner)) // it is older than the choice
	if r, err := k.Room(t.Context(), id); err != nil || !r.LifeFrom.Equal(from) {
		t.Errorf("%+v, %v", r, err)
	}
	late := text(id, "late", "x", owner)
	late.Message.Created = from.Add(time.Minute)
	k.append(late)
	if r, err := k.Room(t.Context(), id); err != nil || !r.LifeFrom.Equal(late.Message.Created) || !r.Active.Equal(r.LifeFrom) {
		t.Errorf("%+v, %v", r, err)
	}
	change(chat.RoomFields{Kept: &yes})
	m := k.member()
	came := k.append(chat.Entry{Message: line(id, "1", chat.LineJoin, m), Seat: chat.SeatTaken})
	r, err := k.Room(t.Context(), id)
	k.check(err)
	if len(r.Since) != 1 || !r.Since[m.ID].Equal(came.Created) || len(r.Members) != 2 {
		t.Errorf("since %v, members %v", r.Since, r.Members)
	}
	if _, err := k.RemoveRoom(t.Context(), id); err != nil {
		t.Error(err)
	}
	n = 0
	for _, room := range []string{id, "nowhere", ""} {
		if err := k.ChangeRoom(t.Context(), room, chat.RoomFields{Kept: &yes}, func() { n++ }); !errors.Is(err, chat.ErrNotFound) || n > 0 {
			t.Errorf("change %q: %v", room, err)
		}
		if _, err := k.Room(t.Context(), room); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("room %q: %v", room, err)
		}
	}
	again, first := k.record(owner)
	again.Kept = true
	_, err = k.AddRoom(t.Context(), again, "c2", first)
	k.check(err)
	if r, err := k.Room(t.Context(), again.ID); err != nil || !r.Kept {
		t.Errorf("%+v, %v", r, err)
	}
}

func said(t *testing.T, k *kit) {
	a, kim := k.room()
	b, lee := k.room()
	c, _ := k.room()
	k.append(text(a, "1", "안녕", kim))
	k.append(picture(a, "2", kim))
	k.append(chat.Entry{Message: line(a, "3", chat.LineExit, kim), Seat: chat.SeatFreed})
	k.append(text(b, "1", "hi", lee))
	all, err := k.Said(t.Context(), "")
	k.check(err)
	if all[a] != 2 || all[b] != 1 || len(all) != 2 {
		t.Errorf("said %v", all)
	}
	for room, want := range map[string]int64{a: 2, b: 1, c: 0, "nowhere": 0} {
		if one, err := k.Said(t.Context(), room); err != nil || one[room] != want || len(one) > 1 {
			t.Errorf("said in %s: %v, %v", room, one, err)
		}
	}
}

func bans(t *testing.T, k *kit) {
	is := func(want ...chat.Ban) {
		t.Helper()
		got, err := k.Bans(t.Context())
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("bans %+v, %v, want %+v", got, err, want)
		}
	}
	add := func(b chat.Ban) chat.Ban {
		t.Helper()
		var told chat.Ban
		b.Created = start
		got, err := k.AddBan(t.Context(), b, func(b chat.Ban) { told = b })
		if b.ID = got.ID; err != nil || got != b || told != b || b.ID == 0 {
			t.Fatalf("added %+v, told %+v, %v, want %+v", got, told, err, b)
		}
		return got
	}
	is()
	kim := add(chat.Ban{Session: k.session().ID, Until: start.Add(time.Hour), Reason: "스팸"})
	home := add(chat.Ban{Network: netip.MustParsePrefix("203.0.113.0/24")})
	street := add(chat.Ban{Network: netip.MustParsePrefix("2001:db8:1::/48"), Until: start.Add(time.Minute)})
	is(kim, home, street)

	again := add(chat.Ban{Network: home.Network, Until: start.Add(2 * time.Hour)})
	longer := add(chat.Ban{Session: kim.Session})
	is(street, again, longer)
	if again.ID <= street.ID || longer.ID <= again.ID {
		t.Errorf("ids %d, %d, %d", street.ID, again.ID, longer.ID)
	}
	k.check(k.RemoveBans(t.Context(), street.Until.Add(-time.Millisecond)))
	is(street, again, longer)
	k.check(k.RemoveBans(t.Context(), street.Until))
	is(again, longer)

	n := 0
	k.check(k.LiftBan(t.Context(), longer.ID, func() { n++ }))
	is(again)
	if err := k.LiftBan(t.Context(), longer.ID, func() { n++ }); !errors.Is(err, chat.ErrNotFound) || n != 1 {
		t.Errorf("lifted again: %v, told %d times", err, n)
	}
	if next := add(chat.Ban{Session: kim.Session}); next.ID <= longer.ID {
		t.Errorf("the id %d comes again as %d", longer.ID, next.ID)
	}
}
