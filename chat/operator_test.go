package chat_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

func set(v bool) *bool { return &v }

func (k *kit) keep(room string, kept bool) {
	k.Helper()
	r, err := k.AlterRoom(k.Context(), room, chat.RoomChange{Kept: set(kept)})
	k.check(err)
	if r.Kept != kept {
		k.Errorf("kept %v", r.Kept)
	}
}

// exists tells whether a room is there once time has passed.
func (k *kit) exists(room string) bool {
	synctest.Wait()
	_, err := k.Room(room)
	return err == nil
}

// A room that is kept stays when it is empty, also after a restart, until it isn't kept any more.
func TestKeptRoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
		other := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
		k.keep(room, true)
		time.Sleep(time.Hour) // nobody ever came
		if !k.exists(room) || k.exists(other) {
			t.Error("the room that is kept goes, or the other stays")
		}
		k.join(owner, room, "a")
		k.check(k.Leave(k.Context(), owner, room, "a"))
		time.Sleep(time.Hour)
		k.check(k.Close())
		k.start()
		time.Sleep(time.Hour)
		if !k.exists(room) {
			t.Fatal("gone after a restart")
		}
		if r, err := k.Room(room); err != nil || !r.Kept || !r.Listed {
			t.Errorf("%+v, %v", r, err)
		}
		k.keep(room, false)
		time.Sleep(29 * time.Second)
		if !k.exists(room) {
			t.Error("gone too soon")
		}
		time.Sleep(2 * time.Second)
		if k.exists(room) {
			t.Error("it stays for ever")
		}
	})
}

// A room with people in it goes on when it isn't kept any more, and its owner may close one that
// is.
func TestKeptRoomWithPeople(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		k.keep(room, true)
		k.keep(room, false)
		time.Sleep(time.Hour)
		if !k.exists(room) {
			t.Error("closed with somebody in it")
		}
		k.keep(room, true)
		k.check(k.CloseRoom(k.Context(), owner, room))
		_, err := k.AlterRoom(k.Context(), room, chat.RoomChange{Kept: set(true)})
		k.fails(err, chat.NoSuchRoom)
	})
}

// lazy is a store that takes its time to change a room.
type lazy struct {
	chat.Store
	before, after time.Duration
}

func (s *lazy) ChangeRoom(ctx context.Context, id string, c chat.RoomFields, committed func()) error {
	time.Sleep(s.before)
	err := s.Store.ChangeRoom(ctx, id, c, committed)
	time.Sleep(s.after)
	return err
}

// Whoever is told that a room is kept finds it kept, also when its grace passes meanwhile.
func TestKeepAtTheLastMoment(t *testing.T) {
	for _, s := range []lazy{{before: 2 * time.Second}, {after: 2 * time.Second}} {
		inside(t, chat.Limits{}, func(k *kit) {
			w := k.weaken()
			s.Store = w.Store
			w.Store = &s
			owner := k.visitor()
			room := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
			other := k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
			time.Sleep(10*time.Minute - time.Second)
			k.keep(room, true)
			_, err := k.AlterRoom(k.Context(), other, chat.RoomChange{Kept: set(true)})
			k.fails(err, chat.NoSuchRoom) // it has closed since
			time.Sleep(time.Hour)
			if !k.exists(room) {
				t.Error("told that it is kept, and it is gone")
			}
			// What isn't kept in the end has a grace again.
			room = k.room(owner, chat.NewRoom{Life: chat.UntilEmpty})
			time.Sleep(10*time.Minute - time.Second)
			k.keep(room, false)
			if !k.exists(room) {
				t.Error("gone at once")
			}
			time.Sleep(31 * time.Second)
			if k.exists(room) {
				t.Error("it stays for ever")
			}
		})
	}
}

// An unlisted room is out of the list at once, and its link works; so do what was late to be told.
func TestUnlistRoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		e, in := k.watch(chat.Lobby), k.watch(room)
		k.send(owner, room, "안녕") // the lobby will hear of it
		change := func(listed bool) {
			t.Helper()
			r, err := k.AlterRoom(k.Context(), room, chat.RoomChange{Listed: set(listed)})
			if err != nil || r.Listed != listed {
				t.Errorf("%+v, %v", r, err)
			}
		}
		change(false)
		k.saw(e, chat.EventUnlisted)
		k.saw(in, chat.EventPosted, chat.EventChanged)
		if p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{}); err != nil || len(p.Rooms) != 0 || p.Total != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		change(false) // once more tells nothing
		time.Sleep(time.Minute)
		k.saw(e)
		k.join(guest, room, "b")
		time.Sleep(time.Minute)
		k.saw(e)
		change(true)
		opened := k.saw(e, chat.EventOpened)
		if len(opened) == 1 && (opened[0].Room.ID != room || opened[0].Room.Count != 2) {
			t.Errorf("%+v", opened)
		}
		if p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{}); err != nil || len(p.Rooms) != 1 {
			t.Errorf("%+v, %v", p, err)
		}
		change(false)
		k.saw(e, chat.EventUnlisted)
		k.check(k.ShutRoom(k.Context(), room))
		k.saw(e)
		if gone := k.saw(in, chat.EventJoined, chat.EventChanged, chat.EventChanged, chat.EventClosed); len(gone) == 4 && gone[3].Reason != chat.ClosedByOperator {
			t.Errorf("%+v", gone[3])
		}
		k.fails(k.ShutRoom(k.Context(), room), chat.NoSuchRoom)
	})
}

// Two changes at once: both are kept, and what is in memory is what the store has.
func TestChangesAtOnce(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.keep(room, true)
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				c := chat.RoomChange{Listed: set(i%3 == 0)}
				if i%2 == 0 {
					c = chat.RoomChange{Kept: set(i%4 == 0)}
				}
				if _, err := k.AlterRoom(k.Context(), room, c); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		synctest.Wait()
		r, err := k.Room(room)
		k.check(err)
		p, err := k.Lobby(chat.Visitor{}, chat.LobbyQuery{})
		k.check(err)
		if (len(p.Rooms) == 1) != r.Listed {
			t.Errorf("%+v, list %+v", r, p)
		}
		k.check(k.Close())
		k.start()
		if again, err := k.Room(room); err != nil || again.Kept != r.Kept || again.Listed != r.Listed {
			t.Errorf("%+v became %+v, %v", r, again, err)
		}
	})
}

func TestRoomStates(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner, guest := k.from("192.0.2.1"), k.from("2001:db8::/64")
		room := k.room(owner, chat.NewRoom{Unlisted: true, Password: "s3cret-pass"})
		k.join(owner, room, "a")
		start := time.Now()
		time.Sleep(time.Minute)
		_, err := k.Enter(k.Context(), guest, room, "s3cret-pass")
		k.check(err)
		k.join(guest, room, "b")
		k.join(guest, room, "c")
		phone := guest
		phone.From = "192.0.2.7"
		k.join(phone, room, "d")
		k.send(owner, room, "안녕")
		time.Sleep(time.Second)
		young := k.room(guest, chat.NewRoom{Title: "둘째"})

		states, err := k.RoomStates(k.Context())
		k.check(err)
		if len(states) != 2 || states[0].ID != young || states[0].Messages != 0 || states[1].ID != room || states[1].Messages != 1 || states[1].Count != 2 || !states[1].Locked {
			t.Errorf("%+v", states)
		}
		is := func(networks ...string) []chat.SeatState {
			t.Helper()
			state, seats, err := k.RoomState(k.Context(), room)
			k.check(err)
			if state.Messages != 1 || len(seats) != 2 || seats[0].ID != owner.ID || seats[1].ID != guest.ID || seats[0].Role != chat.RoleOwner ||
				!slices.Equal(seats[1].Networks, networks) {
				t.Errorf("%+v %+v", state, seats)
			}
			return seats
		}
		seats := is("192.0.2.7", "2001:db8::/64")
		if !slices.Equal(seats[0].Networks, []string{"192.0.2.1"}) || seats[0].Since.Sub(start).Abs() > time.Second || seats[1].Since.Sub(start).Round(time.Second) != time.Minute {
			t.Errorf("%+v", seats)
		}
		for _, conn := range []string{"b", "c", "d"} {
			k.Gone(guest, room, conn)
		}
		is()
		k.check(k.Close())
		k.start()
		if again := is(); again[0].Since.Sub(seats[0].Since).Abs() > time.Second {
			t.Errorf("since %v, was %v", again[0].Since, seats[0].Since)
		}
		for _, c := range []struct {
			ref  string
			code chat.Code
		}{{room, ""}, {room[:4], ""}, {room[:21], ""}, {room[:3], chat.BadRequest}, {"", chat.BadRequest}, {room + "x", chat.NoSuchRoom}, {"none", chat.NoSuchRoom}} {
			r, err := k.FindRoom(c.ref)
			if chat.CodeOf(err) != c.code || err == nil && r.ID != room {
				t.Errorf("%q: %+v, %v", c.ref, r, err)
			}
		}
	})
}

// A room that is closed by the operator takes the image with it that somebody sends.
func TestShutRoomDuringAnUpload(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		u, err := k.Upload(owner, room, 30)
		k.check(err)
		k.check(u.Came(10))
		k.check(k.ShutRoom(k.Context(), room))
		_, _, err = u.Send(k.Context(), chat.Post{}, image(1))
		k.fails(err, chat.NoSuchRoom)
		if gone := k.o.Files.(*files).gone(); !slices.Equal(gone, []string{image(1).Name}) {
			t.Errorf("removed %v", gone)
		}
	})
}

// While the House ends its operator is told so.
func TestOperatorOfAClosedHouse(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.check(k.Close())
		_, err := k.AlterRoom(k.Context(), room, chat.RoomChange{Kept: set(true)})
		k.fails(err, chat.Unavailable)
		k.fails(k.ShutRoom(k.Context(), room), chat.Unavailable)
		_, err = k.FindRoom(room)
		k.fails(err, chat.Unavailable)
		_, err = k.RoomStates(k.Context())
		k.fails(err, chat.Unavailable)
		_, err = k.Ban(k.Context(), chat.Ban{Session: owner.ID})
		k.fails(err, chat.Unavailable)
		k.fails(k.LiftBan(k.Context(), 1), chat.Unavailable)
		k.log.Reset()
		k.start()
		if _, err := k.Room(strings.Clone(room)); err != nil {
			t.Error(err)
		}
	})
}
