package chat_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

const day = 24 * time.Hour

// ends checks when a room ends, 0 for never.
func (k *kit) ends(room string, in time.Duration) {
	k.Helper()
	r, err := k.Room(room)
	k.check(err)
	if in == 0 && !r.Ends.IsZero() || in > 0 && time.Until(r.Ends).Round(time.Second) != in {
		k.Errorf("it ends at %v, in %v, want in %v", r.Ends, time.Until(r.Ends), in)
	}
}

// A room lasts a week after its last message, whoever comes and goes, and everybody may stay away.
func TestM2RoomLastsAWeek(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		k.ends(room, 7*day)
		time.Sleep(day)
		k.ends(room, 6*day)
		_, _, err := k.upload(owner, room, chat.Post{CID: "p"}, image(1))
		k.check(err)
		k.ends(room, 7*day)
		k.Gone(owner, room, "a")
		time.Sleep(3 * day)
		k.join(guest, room, "b")
		k.check(k.Leave(k.Context(), guest, room, "b"))
		k.ends(room, 4*day)
		k.check(k.Close())
		time.Sleep(time.Minute)
		k.start()
		time.Sleep(4*day - 2*time.Minute)
		if j := k.join(owner, room, "a"); len(j.Messages) < 3 || j.Messages[2].Media == nil {
			t.Errorf("messages %+v", j.Messages)
		}
		k.send(owner, room, "아직 있네")
		k.ends(room, 7*day)
		k.check(k.Leave(k.Context(), owner, room, "a"))
		time.Sleep(7*day - time.Second)
		e, lobby := k.watch(room), k.watch(chat.Lobby)
		if !k.exists(room) {
			t.Fatal("gone too soon")
		}
		time.Sleep(21 * time.Second)
		if k.exists(room) {
			t.Fatal("it stays")
		}
		if c := k.saw(e, chat.EventClosed); len(c) == 1 && c[0].Reason != chat.ClosedQuiet {
			t.Errorf("%+v", c)
		}
		k.saw(lobby, chat.EventClosed)
		if gone := k.o.Files.(*files).gone(); len(gone) != 1 {
			t.Errorf("files removed: %v", gone)
		}
	})
}

// The owner chooses at the making and later; what is chosen begins at that moment. Everybody in the
// room and in the lobby hears of it, and who comes finds it.
func TestM2OwnerChoosesTheLife(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always, History: chat.Month})
		k.join(owner, room, "a")
		k.ends(room, 0)
		time.Sleep(30 * day)
		e, lobby := k.watch(room), k.watch(chat.Lobby)
		life := chat.Day
		r, err := k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{Life: &life})
		k.check(err)
		k.ends(room, day)
		if r.Life != life || r.History != chat.Month {
			t.Errorf("%+v", r)
		}
		if c := k.saw(e, chat.EventChanged); len(c) == 1 && c[0].Room != r {
			t.Errorf("%+v, want %+v", c[0].Room, r)
		}
		if c := k.saw(lobby, chat.EventUpdated); len(c) == 1 {
			r.Glimpse = c[0].Room.Glimpse
			if c[0].Room != r {
				t.Errorf("%+v, want %+v", c[0].Room, r)
			}
		}
		for _, wrong := range []chat.RoomChange{{Life: span("month")}, {Life: span("1h")}, {History: span("empty")}, {History: span("x"), Life: span("day")}} {
			_, err := k.ChangeRoom(k.Context(), owner, room, wrong)
			k.fails(err, chat.BadSpan)
		}
		_, err = k.ChangeRoom(k.Context(), guest, room, chat.RoomChange{Life: span("always")})
		k.fails(err, chat.NotOwner)
		yes := true
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{Kept: &yes})
		k.fails(err, chat.BadRequest)
		k.saw(e)
		k.check(k.Close())
		k.start()
		k.ends(room, day)
		if j := k.join(guest, room, "b"); j.Room.Life != chat.Day || j.Room.History != chat.Month {
			t.Errorf("%+v", j.Room)
		}
		// Until everybody has left, and nobody is there: the grace begins with the choice.
		k.check(k.Leave(k.Context(), guest, room, "b"))
		time.Sleep(time.Hour)
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{Life: span("empty")})
		k.check(err)
		time.Sleep(29 * time.Second)
		if !k.exists(room) {
			t.Error("gone too soon")
		}
		time.Sleep(time.Second)
		if k.exists(room) {
			t.Error("it stays")
		}
	})
}

func span(s chat.Span) *chat.Span { return &s }

// A message and the end of the room at the same moment: what was acknowledged is in the room, or
// the sender is told.
func TestM2MessageAtTheLastMoment(t *testing.T) {
	for _, pause := range []time.Duration{-time.Second, 0, time.Second} {
		inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
			defer k.log.Reset()
			w := k.weaken()
			owner := k.visitor()
			room := k.room(owner, chat.NewRoom{Life: chat.Day})
			k.join(owner, room, "a")
			time.Sleep(day + pause)
			w.slow.Store(int64(30 * time.Second))
			_, _, err := k.Send(k.Context(), owner, chat.Post{Room: room, Text: "잠깐"})
			w.slow.Store(0)
			time.Sleep(time.Minute)
			if k.exists(room) != (err == nil) {
				t.Errorf("%v: the room is there: %v, the message: %v", pause, k.exists(room), err)
			}
			synctest.Wait()
		})
	}
}

// The operator says what rooms get that ask for nothing, and the most; both hold for rooms that
// there are.
func TestM2OperatorsTerms(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner := k.visitor()
		long := k.room(owner, chat.NewRoom{Life: chat.Always})
		k.join(owner, long, "a")
		k.check(k.Close())
		k.o.Terms = chat.Terms{LifeMost: chat.Day, HistoryMost: chat.Week}
		k.start()
		if r, err := k.Room(long); err != nil || r.Life != chat.Day || r.History != chat.Week {
			t.Errorf("%+v, %v", r, err)
		}
		k.ends(long, day)
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		if r, err := k.Room(room); err != nil || r.Life != chat.Day || r.History != chat.Week {
			t.Errorf("%+v, %v", r, err)
		}
		_, _, err := k.CreateRoom(k.Context(), owner, chat.NewRoom{Title: "x", Life: chat.Week})
		k.fails(err, chat.BadSpan)
		_, err = k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{History: span("always")})
		k.fails(err, chat.BadSpan)
		k.keep(long, true)
		k.ends(long, 0)
		time.Sleep(day + time.Minute)
		if k.exists(room) || !k.exists(long) {
			t.Error("the room stays, or the one that is kept doesn't")
		}
	})
	for _, c := range []struct {
		terms chat.Terms
		right bool
	}{
		{chat.Terms{}, true},
		{chat.Terms{Life: chat.UntilEmpty, LifeMost: chat.UntilEmpty, History: chat.Day, HistoryMost: chat.Month}, true},
		{chat.Terms{Life: chat.Month}, false},
		{chat.Terms{History: chat.UntilEmpty}, false},
		{chat.Terms{HistoryMost: "year"}, false},
		{chat.Terms{Life: chat.Always, LifeMost: chat.Week}, false},
	} {
		if err := c.terms.Check(); (err == nil) != c.right {
			t.Errorf("%+v: %v", c.terms, err)
		}
	}
}

// While the server is off nobody can come, so no life passes; a restart changes nothing.
func TestM2ServerThatWasOff(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner := k.visitor()
		week, always, new := k.room(owner, chat.NewRoom{}), k.room(owner, chat.NewRoom{Life: chat.Always}), k.room(owner, chat.NewRoom{Life: chat.Day})
		for _, room := range []string{week, always, new} {
			k.join(owner, room, "a")
		}
		off := func(d time.Duration) {
			k.check(k.Close())
			time.Sleep(d)
			k.start()
		}
		time.Sleep(4 * day / 5)
		k.send(owner, new, "x")
		off(14 * day)
		time.Sleep(day / 2)
		if !k.exists(week) || !k.exists(always) || !k.exists(new) {
			t.Error("gone while nobody could come")
		}
		k.ends(new, day/2)
		k.ends(week, 7*day-4*day/5-day/2)
		for range 100 { // restarts don't make lives longer
			off(time.Minute)
		}
		k.ends(new, day/2-100*time.Minute)
		time.Sleep(day)
		if !k.exists(week) || k.exists(new) {
			t.Error("a room that lasts a week is gone, or one that lasts a day isn't")
		}
	})
}

// Rooms in which nobody is stand below those where somebody is, and say when they end. Their owner
// finds them all, the unlisted too, and may have five.
func TestM2SleepingRooms(t *testing.T) {
	inside(t, chat.Limits{CreatesPerAddress: -1, SessionUnused: 365 * day}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		early := k.room(owner, chat.NewRoom{Title: "early"})
		k.join(owner, early, "a")
		time.Sleep(time.Minute)
		late, hidden := k.room(owner, chat.NewRoom{Title: "late"}), k.room(owner, chat.NewRoom{Title: "hidden", Unlisted: true})
		for _, room := range []string{late, hidden} {
			k.join(owner, room, "a")
			k.send(owner, room, "x")
			k.check(k.Leave(k.Context(), owner, room, "a"))
		}
		time.Sleep(time.Minute)
		if got := k.list(chat.LobbyQuery{}).Rooms; !slices.Equal(titles(got), []string{"early", "late"}) || got[1].Ends.IsZero() || got[1].Count != 0 {
			t.Errorf("%+v", got)
		}
		page := k.list(chat.LobbyQuery{Limit: 1})
		if got := k.list(chat.LobbyQuery{Limit: 1, After: page.Next}).Rooms; !slices.Equal(titles(got), []string{"late"}) {
			t.Errorf("%+v", got)
		}
		if got := titles(k.OwnRooms(owner)); !slices.Equal(got, []string{"early", "hidden", "late"}) && !slices.Equal(got, []string{"early", "late", "hidden"}) {
			t.Errorf("own rooms %v", got)
		}
		if got := k.OwnRooms(guest); len(got) > 0 {
			t.Errorf("own rooms %v", got)
		}
		k.room(owner, chat.NewRoom{})
		k.room(owner, chat.NewRoom{})
		_, _, err := k.CreateRoom(k.Context(), owner, chat.NewRoom{Title: "x"})
		k.fails(err, chat.TooManyRooms)
		k.check(k.CloseRoom(k.Context(), owner, hidden))
		k.room(owner, chat.NewRoom{})
		_, _, err = k.CreateRoom(k.Context(), owner, chat.NewRoom{Title: "x"})
		k.fails(err, chat.TooManyRooms)
		time.Sleep(8 * day) // and what ends makes room too
		if len(k.OwnRooms(owner)) != 0 {
			t.Errorf("%+v", k.OwnRooms(owner))
		}
		k.room(owner, chat.NewRoom{})
	})
}
