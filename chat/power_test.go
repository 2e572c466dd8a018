package chat_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// midway is a store that does something while something is kept.
type midway struct {
	chat.Store
	mu  sync.Mutex
	ban func() // guarded by mu
	add func() // guarded by mu
	rep func() // guarded by mu
}

func (s *midway) once(f *func()) {
	s.mu.Lock()
	do := *f
	*f = nil
	s.mu.Unlock()
	if do != nil {
		do()
	}
}

func (s *midway) AddRoomBan(ctx context.Context, b chat.RoomBan, committed func()) error {
	s.once(&s.ban)
	return s.Store.AddRoomBan(ctx, b, committed)
}

func (s *midway) AddSession(ctx context.Context, n chat.Session) error {
	s.once(&s.add)
	return s.Store.AddSession(ctx, n)
}

func (s *midway) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	if e.Role != nil {
		s.once(&s.rep)
	}
	return s.Store.Append(ctx, e, committed)
}

func (k *kit) between() *midway {
	k.Helper()
	k.check(k.Close())
	store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
	k.check(err)
	s := &midway{Store: store}
	k.o.Store = s
	k.House, err = chat.Open(k.Context(), k.o)
	k.check(err)
	return s
}

// Whoever gets a role while somebody bans or removes that one has the role or is out, never both:
// nobody is the owner of a room that keeps the owner out.
func TestM4RolesAndBansAtOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		s := k.between()
		for i := range 3 {
			room, owner, guests := k.party(2)
			mod, heir := guests[0], guests[1]
			k.check(k.SetModerator(k.Context(), owner, room, k.color(mod, room), true))
			color := k.color(heir, room)
			var wg sync.WaitGroup
			var handed error
			hand := func() {
				wg.Go(func() { handed = k.HandOver(k.Context(), owner, room, color) })
				time.Sleep(time.Second) // as far as it comes
			}
			var out error
			switch i {
			case 0: // the ban is being kept
				s.ban = hand
				out = k.BanMember(k.Context(), mod, chat.BanRequest{Room: room, User: color})
			case 1: // the room is being handed over
				s.rep = func() {
					wg.Go(func() { out = k.BanMember(k.Context(), mod, chat.BanRequest{Room: room, User: color}) })
					time.Sleep(time.Second)
				}
				handed = k.HandOver(k.Context(), owner, room, color)
			case 2:
				s.rep = func() {
					wg.Go(func() { out = k.Remove(k.Context(), mod, room, color) })
					time.Sleep(time.Second)
				}
				handed = k.HandOver(k.Context(), owner, room, color)
			}
			wg.Wait()
			v, err := k.House.Room(room)
			k.check(err)
			in := k.CanEnter(k.Context(), heir, room, "")
			if owns := v.OwnerID == heir.ID; owns != (in == nil) || owns != (handed == nil) || owns == (out == nil) {
				t.Errorf("%d: %s owns it, the heir gets %v; handed over: %v, out: %v", i, v.OwnerID, in, handed, out)
			}
		}
	})
}

// There are never more moderators than there may be.
func TestM4ModeratorsAtOnce(t *testing.T) {
	inside(t, chat.Limits{Moderators: 2}, func(k *kit) {
		s := k.between()
		room, owner, guests := k.party(4)
		var colors []string
		for _, g := range guests {
			colors = append(colors, k.color(g, room))
		}
		var wg sync.WaitGroup
		s.rep = func() {
			for _, c := range colors[1:] {
				wg.Go(func() { _ = k.SetModerator(k.Context(), owner, room, c, true) })
			}
			time.Sleep(time.Second)
		}
		k.check(k.SetModerator(k.Context(), owner, room, colors[0], true))
		wg.Wait()
		n := 0
		for _, m := range k.members(room) {
			if m.Role == chat.RoleModerator {
				n++
			}
		}
		if n != 2 {
			t.Errorf("%d moderators", n)
		}
	})
}

// A link that a device made ends with it, and no link outlives the visitor, not one that is just
// being used either.
func TestS3LinksEndWithTheirDevice(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		s := k.between()
		visitor := func(token string) chat.Visitor {
			v, err := k.Visitor(k.Context(), token)
			k.check(err)
			return v
		}
		token, _, err := k.NewSession(k.Context(), "ko", "")
		k.check(err)
		ann := visitor(token)
		link := func(who chat.Visitor) string {
			secret, _, err := k.Link(who)
			k.check(err)
			return secret
		}
		take := func(secret string) (string, error) {
			token, _, err := k.TakeLink(k.Context(), secret, "ko", "", chat.Visitor{})
			return token, err
		}
		stolen, err := take(link(ann))
		k.check(err)
		thief := visitor(stolen)
		way := link(thief)
		k.check(k.EndDevice(k.Context(), ann, thief.Device))
		_, err = take(way)
		k.fails(err, chat.NoSuchLink)

		// The link of a device that goes on does, too.
		way = link(ann)
		other, err := take(link(ann))
		k.check(err)
		_, err = take(way) // the one before
		k.fails(err, chat.NoSuchLink)
		way = link(ann)
		k.check(k.EndDevice(k.Context(), ann, visitor(other).Device))
		_, err = take(way)
		k.check(err)

		way = link(ann)
		var wg sync.WaitGroup
		var forgotten error
		s.add = func() {
			wg.Go(func() { forgotten = k.Forget(k.Context(), ann) })
			time.Sleep(time.Second)
		}
		late, err := take(way)
		wg.Wait()
		k.check(errors.Join(err, forgotten))
		if _, err := k.Visitor(k.Context(), late); chat.CodeOf(err) != chat.Unauthorized {
			t.Errorf("a device of a forgotten visitor: %v", err)
		}
		_, err = take(way)
		k.fails(err, chat.NoSuchLink)
	})
}

// Who is banned from a room learns nothing of its password.
func TestS7BannedPeopleTryNoPasswords(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.HashCheaply()
		owner, troll := k.visitor(), k.from("2001:db8:1:2::/64")
		room := k.room(owner, chat.NewRoom{Password: "sesame"})
		k.join(owner, room, "owner")
		_, err := k.Enter(k.Context(), troll, room, "sesame")
		k.check(err)
		k.join(troll, room, "troll")
		k.check(k.BanMember(k.Context(), owner, chat.BanRequest{Room: room, User: k.color(troll, room), Address: true}))
		for who, code := range map[chat.Visitor]chat.Code{troll: chat.RoomBanned,
			k.from("2001:db8:1:2::/64"): chat.RoomBanned, k.from("2001:db8:1:3::/64"): ""} {
			_, err := k.Enter(k.Context(), who, room, "sesame")
			k.fails(err, code)
		}
	})
}

// A moderator doesn't put away what was reported about those in charge, oneself among them.
func TestM4ReportsAboutThoseInCharge(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		room, owner, guests := k.party(3)
		mod, kim, lee := guests[0], guests[1], guests[2]
		k.check(k.SetModerator(k.Context(), owner, room, k.color(mod, room), true))
		for _, about := range []chat.Visitor{owner, mod, lee} {
			k.check(k.Report(k.Context(), kim, chat.ReportRequest{Room: room, User: k.color(about, room)}))
		}
		left := func(want int) {
			t.Helper()
			all, err := k.Reports(k.Context(), owner, room)
			if k.check(err); len(all) != want {
				t.Errorf("%d reports, want %d", len(all), want)
			}
		}
		for _, about := range []chat.Visitor{owner, mod} {
			k.fails(k.DismissReport(k.Context(), mod, room, k.color(about, room), 0), chat.NotOwner)
		}
		left(3)
		k.check(k.DismissReport(k.Context(), mod, room, k.color(lee, room), 0))
		left(2)
		for _, about := range []chat.Visitor{owner, mod} {
			k.check(k.DismissReport(k.Context(), owner, room, k.color(about, room), 0))
		}
		left(0)
	})
}
