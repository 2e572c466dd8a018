package chat_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// ban bans somebody for a while, 0 = for good.
func (k *kit) ban(whom string, d time.Duration) chat.Ban {
	k.Helper()
	b, err := chat.ParseBanned(whom)
	k.check(err)
	if d > 0 {
		b.Until = time.Now().Add(d)
	}
	b, err = k.Ban(k.Context(), b)
	k.check(err)
	return b
}

// isBanned checks who is banned.
func (k *kit) isBanned(who chat.Visitor, want bool) {
	k.Helper()
	err := k.LockedOut(who)
	if (chat.CodeOf(err) == chat.Banned) != want || err != nil && !want {
		k.Errorf("%s at %s: %v, want banned %v", who.ID, who.From, err, want)
	}
}

func TestParseBanned(t *testing.T) {
	for text, want := range map[string]string{
		"203.0.113.9":                "203.0.113.9/32",
		" 203.0.113.9/24 ":           "203.0.113.0/24",
		"::ffff:203.0.113.9":         "203.0.113.9/32",
		"::ffff:203.0.113.0/120":     "203.0.113.0/24",
		"2001:db8:1:2:3:4:5:6":       "2001:db8:1:2::/64",
		"2001:db8:1:2:3:4:5:6/128":   "2001:db8:1:2::/64",
		"2001:db8:1:2::/48":          "2001:db8:1::/48",
		"fe80::1%eth0":               "fe80::/64",
		"01arz3ndektsv4rrffq69g5fav": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
		"localhost":                  "", "": "", "203.0.113": "", "203.0.113.0/33": "", "01ARZ3NDEKTSV4RRFFQ69G5FAU": "",
	} {
		b, err := chat.ParseBanned(text)
		got := b.Session
		if b.Network.IsValid() {
			got = b.Network.String()
		}
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// What can't be meant isn't banned.
func TestBanRefuses(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		yesterday := time.Now().Add(-24 * time.Hour)
		at := func(p string) chat.Ban { return chat.Ban{Network: netip.MustParsePrefix(p)} }
		for _, b := range []chat.Ban{
			{}, {Session: "x", Network: netip.MustParsePrefix("192.0.2.0/24")}, {Session: "x", Until: yesterday},
			{Session: "x", Reason: "one\ntwo"}, {Session: "x", Reason: strings.Repeat("x", 201)},
			at("127.0.0.1/32"), at("127.9.0.0/16"), at("::/64"), at("0.0.0.0/32"), at("0.0.0.0/0"), at("10.0.0.0/15"), at("2001:db8::/31"), at("::/32"),
		} {
			_, err := k.Ban(k.Context(), b)
			k.fails(err, chat.BadRequest)
		}
		if all := k.Bans(); len(all) > 0 {
			t.Errorf("banned %+v", all)
		}
		for _, b := range []chat.Ban{at("10.0.0.0/16"), at("2001:db8::/32"), at("192.0.2.1/32")} {
			_, err := k.Ban(k.Context(), b)
			k.check(err)
		}
	})
}

// However a network is written, its addresses are banned.
func TestBanOfANetworkAsItComes(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		for written, from := range map[string]string{
			"203.0.113.9/24": "203.0.113.200", "::ffff:198.51.100.7/128": "198.51.100.7", "2001:db8:1:2:3::/80": "2001:db8:1:2::/64",
		} {
			_, err := k.Ban(k.Context(), chat.Ban{Network: netip.MustParsePrefix(written)})
			k.check(err)
			k.isBanned(chat.Visitor{From: from}, true)
		}
	})
}

// A ban holds until its time, over a restart, and is then swept; a longer one takes its place.
func TestBanEnds(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		kim, lee, home := k.from("192.0.2.1"), k.from("192.0.2.2"), k.from("203.0.113.9")
		six := k.from("2001:db8:1:2::/64")
		first := k.ban(kim.ID, time.Hour)
		k.ban("203.0.113.0/24", 2*time.Hour)
		k.ban("2001:db8:1::/48", 0)
		check := func(banned ...chat.Visitor) {
			t.Helper()
			for _, who := range []chat.Visitor{kim, lee, home, six} {
				k.isBanned(who, slices.Contains(banned, who))
			}
			if n := len(k.Bans()); n != len(banned) {
				t.Errorf("%d bans, want %d", n, len(banned))
			}
		}
		check(kim, home, six)
		k.isBanned(chat.Visitor{From: "203.0.113.200"}, true) // without a session
		k.isBanned(chat.Visitor{From: "203.0.114.1"}, false)
		k.isBanned(chat.Visitor{From: ""}, false)
		time.Sleep(time.Hour - time.Second)
		check(kim, home, six)
		time.Sleep(time.Second)
		check(home, six)
		again := k.ban(kim.ID, time.Hour)
		if again.ID <= first.ID {
			t.Errorf("id %d after %d", again.ID, first.ID)
		}
		longer := k.ban(kim.ID, 3*time.Hour)
		check(home, six, kim)
		k.check(k.Close())
		k.start()
		check(home, six, kim)
		k.fails(k.LiftBan(k.Context(), again.ID), chat.NotFound) // longer took its place
		time.Sleep(2 * time.Hour)
		check(six, kim)
		k.check(k.LiftBan(k.Context(), longer.ID))
		check(six)
		k.fails(k.LiftBan(k.Context(), longer.ID), chat.NotFound)
		k.check(k.Close())
		k.start()
		check(six)
		if kept, err := k.o.Store.Bans(k.Context()); err != nil || len(kept) != 1 {
			t.Errorf("kept %+v, %v", kept, err)
		}
	})
}

// The banned lose their seats at once, others see them go, and they get none again; who owns a room
// owns it on.
func TestBanFreesSeats(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner, guest, other := k.from("192.0.2.1"), k.from("203.0.113.9"), k.from("203.0.113.10")
		room := k.room(owner, chat.NewRoom{})
		second := k.room(guest, chat.NewRoom{Title: "둘째"})
		for _, who := range []chat.Visitor{owner, guest, other} {
			k.join(who, room, "1"+who.ID)
			k.join(who, second, "2"+who.ID)
		}
		phone := other // the same person from elsewhere
		phone.From = "198.51.100.1"
		k.join(phone, room, "phone")
		var told []chat.Lockout
		k.OnLockout(func(l chat.Lockout) { told = append(told, l) })
		in, lobby := k.watch(room), k.watch(chat.Lobby)

		k.ban(guest.ID, time.Hour)
		if left := k.saw(in, chat.EventLeft); len(left) == 1 && left[0].Message.By.ID != guest.ID {
			t.Errorf("%+v", left)
		}
		if len(told) != 1 || told[0].Session != guest.ID || !told[0].Ban || told[0].Of(owner.ID, "x") || !told[0].Of(guest.ID, "x") {
			t.Errorf("told %+v", told)
		}
		_, _, err := k.Send(k.Context(), guest, chat.Post{Room: room, Text: "x"})
		k.fails(err, chat.Banned)
		_, err = k.Join(k.Context(), guest, chat.JoinRequest{Room: room, Conn: "again"})
		k.fails(err, chat.Banned)
		k.Gone(guest, room, "1"+guest.ID) // the connection ends only now
		if r, err := k.Room(second); err != nil || r.OwnerID != guest.ID || r.Count != 2 {
			t.Errorf("%+v, %v", r, err)
		}

		k.ban("203.0.113.0/24", 0)
		k.saw(in) // other has a seat by phone
		if r, _ := k.Room(second); r.Count != 1 {
			t.Errorf("%+v", r)
		}
		_, err = k.Join(k.Context(), other, chat.JoinRequest{Room: room, Conn: "again"})
		k.fails(err, chat.Banned)
		k.join(phone, room, "phone2")
		k.Gone(phone, room, "phone")
		k.Gone(phone, room, "phone2")
		k.ban("198.51.100.1", time.Hour) // who may return from there loses the seat too
		k.saw(in, chat.EventLeft)
		lobby.take()

		time.Sleep(time.Minute)
		if !k.exists(second) {
			t.Error("the room of the banned is gone with somebody in it")
		}
	})
}

// A seat that is being taken while its visitor is banned is taken and given up.
func TestBanDuringAJoin(t *testing.T) {
	inside(t, chat.Limits{JoinsPerMinute: -1, AddressJoinsPerMinute: -1, RoomJoinsPerMinute: -1}, func(k *kit) {
		store := k.weaken()
		gate := &gated{Store: store.Store, begun: make(chan struct{}, 1), proceed: make(chan struct{})}
		store.Store = gate
		owner, guest := k.visitor(), k.from("203.0.113.9")
		room := k.room(owner, chat.NewRoom{})
		for i, whom := range []string{guest.ID, "203.0.113.9"} {
			gate.closed = true
			joined := make(chan error, 1)
			go func() {
				_, err := k.Join(k.Context(), guest, chat.JoinRequest{Room: room, Conn: fmt.Sprint(i)})
				joined <- err
			}()
			<-gate.begun
			banned := make(chan chat.Ban, 1)
			go func() { banned <- k.ban(whom, time.Hour) }()
			synctest.Wait()
			gate.closed = false
			close(gate.proceed)
			<-joined
			b := <-banned
			if r, err := k.Room(room); err != nil || r.Count != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			k.check(k.LiftBan(k.Context(), b.ID))
			gate.proceed = make(chan struct{})
		}
	})
}

// Who leaves a room while its seat is being taken is known by where it came from.
func TestBanAfterALeaveDuringAJoin(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		store := k.weaken()
		gate := &gated{Store: store.Store, closed: true, begun: make(chan struct{}, 1), proceed: make(chan struct{})}
		store.Store = gate
		room, guest := k.room(k.visitor(), chat.NewRoom{}), k.from("203.0.113.9")
		joined := make(chan error, 1)
		go func() {
			_, err := k.Join(k.Context(), guest, chat.JoinRequest{Room: room, Conn: "1"})
			joined <- err
		}()
		<-gate.begun
		k.check(k.Leave(k.Context(), guest, room, "1"))
		close(gate.proceed)
		k.check(<-joined)
		k.ban("203.0.113.9", time.Hour)
		if r, err := k.Room(room); err != nil || r.Count != 0 {
			t.Errorf("%+v, %v", r, err)
		}
	})
}

// What was on its way from a banned address isn't taken any more, although its sender has a seat
// from elsewhere; nor is a room made.
func TestBanDuringAnUpload(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		home, phone := k.from("203.0.113.9"), chat.Visitor{}
		phone.Identity, phone.From = home.Identity, "198.51.100.1"
		room := k.room(home, chat.NewRoom{})
		k.join(phone, room, "phone")
		u, err := k.Upload(home, room, 30)
		k.check(err)
		k.check(u.Came(10))
		k.ban(home.From, time.Hour)
		k.fails(u.Came(20), chat.Banned)
		_, _, err = u.Send(k.Context(), chat.Post{}, image(1))
		k.fails(err, chat.Banned)
		_, _, err = k.Send(k.Context(), home, chat.Post{Room: room, Text: "x"})
		k.fails(err, chat.Banned)
		_, _, err = k.CreateRoom(k.Context(), home, chat.NewRoom{Title: "x"})
		k.fails(err, chat.Banned)
		k.send(phone, room, "still here")
		if s := k.Stats(); s.Uploads != 0 || s.MediaBytes != 0 || s.MediaHeld != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// Two bans that overlap don't wait for each other, whatever is on its way in the room.
func TestBansAtOnceDuringAJoin(t *testing.T) {
	inside(t, chat.Limits{JoinsPerMinute: -1, AddressJoinsPerMinute: -1, RoomJoinsPerMinute: -1}, func(k *kit) {
		store := k.weaken()
		gate := &gated{Store: store.Store, begun: make(chan struct{}, 1)}
		store.Store = gate
		room := k.room(k.visitor(), chat.NewRoom{})
		there, comes := k.from("203.0.113.1"), k.from("203.0.113.2")
		for range 30 { // who wakes first is chance
			k.join(there, room, "1")
			gate.closed, gate.proceed = true, make(chan struct{})
			var all sync.WaitGroup
			all.Go(func() { _, _ = k.Join(k.Context(), comes, chat.JoinRequest{Room: room, Conn: "2"}) })
			<-gate.begun
			for _, network := range []string{"203.0.113.0/24", "203.0.113.0/25"} {
				all.Go(func() { k.ban(network, time.Hour) })
			}
			synctest.Wait()
			gate.closed = false
			close(gate.proceed)
			over := make(chan struct{})
			go func() { all.Wait(); close(over) }()
			select {
			case <-over:
			case <-time.After(time.Minute):
				t.Fatal("the bans wait for each other")
			}
			if r, err := k.Room(room); err != nil || r.Count != 0 {
				t.Errorf("%+v, %v", r, err)
			}
			for _, b := range k.Bans() {
				k.check(k.LiftBan(k.Context(), b.ID))
			}
		}
	})
}

// gated holds an entry back while it is closed.
type gated struct {
	chat.Store
	closed         bool
	begun, proceed chan struct{}
}

func (s *gated) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	if s.closed && e.Seat == chat.SeatTaken {
		s.begun <- struct{}{}
		<-s.proceed
	}
	return s.Store.Append(ctx, e, committed)
}

// Two bans of the same at once are one, and so are two bans that overlap none.
func TestBansAtOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Max: 50})
		people := make([]chat.Visitor, 20)
		for i := range people {
			people[i] = k.from(fmt.Sprintf("203.0.113.%d", i))
			k.join(people[i], room, people[i].ID)
		}
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() { k.ban([]string{"203.0.113.0/24", people[3].ID}[i%2], time.Hour) })
		}
		all.Wait()
		if r, err := k.Room(room); err != nil || r.Count != 0 {
			t.Errorf("%+v, %v", r, err)
		}
		kept, err := k.o.Store.Bans(k.Context())
		k.check(err)
		bans := k.Bans()
		for i := range bans { // the store has whole milliseconds
			bans[i].Until = bans[i].Until.Truncate(time.Millisecond).UTC()
		}
		if len(kept) != 2 || !slices.Equal(kept, bans) {
			t.Errorf("kept %+v, in force %+v", kept, bans)
		}
	})
}

// A ban costs nothing where there is none of the kind, and a look at a table else.
func TestBansCostNoAllocation(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		who := k.from("2001:db8:7::/64")
		for i := range 200 {
			k.ban(fmt.Sprintf("203.0.%d.0/%d", i, 24+i%9), 0)
		}
		k.ban("2001:db8:1::/48", 0)
		if n := testing.AllocsPerRun(100, func() { k.check(k.LockedOut(who)) }); n > 0 {
			t.Errorf("%v allocations", n)
		}
	})
}
