package chat_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Ten seconds lie between the owner's wish to close a room and its end; all are told, and the owner
// may think again.
func TestM4ClosingCanBeTakenBack(t *testing.T) {
	inside(t, chat.Limits{CloseGrace: 10 * time.Second}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		k.join(guest, room, "b")
		e, lobby := k.watch(room), k.watch(chat.Lobby)
		closing := func(who chat.Visitor, yes bool) error {
			_, err := k.ChangeRoom(k.Context(), who, room, chat.RoomChange{Closing: &yes})
			return err
		}
		k.fails(k.CloseRoom(k.Context(), guest, room), chat.NotOwner)
		k.fails(closing(guest, true), chat.NotOwner)
		k.check(k.CloseRoom(k.Context(), owner, room))
		if c := k.saw(e, chat.EventChanged); len(c) == 1 && time.Until(c[0].Room.Closing) != 10*time.Second {
			t.Errorf("%+v", c[0].Room)
		}
		k.send(guest, room, "어?")
		k.Gone(owner, room, "a") // the page is loaded again
		time.Sleep(9 * time.Second)
		if c := lobby.take(); len(c) == 0 || c[0].Room.Closing.IsZero() {
			t.Errorf("%+v", c)
		}
		if j := k.join(owner, room, "a2"); j.Room.Closing.IsZero() {
			t.Errorf("%+v", j.Room)
		}
		k.fails(closing(guest, false), chat.NotOwner)
		k.check(closing(owner, false))
		k.saw(e, chat.EventPosted, chat.EventChanged)
		time.Sleep(time.Hour)
		if !k.exists(room) {
			t.Fatal("closed all the same")
		}
		k.check(closing(owner, true))
		time.Sleep(10*time.Second - time.Millisecond)
		if !k.exists(room) {
			t.Error("closed too soon")
		}
		time.Sleep(time.Millisecond)
		if k.exists(room) {
			t.Error("it isn't closed")
		}
		if c := k.saw(e, chat.EventChanged, chat.EventClosed); len(c) == 2 && c[1].Reason != chat.ClosedByOwner {
			t.Errorf("%+v", c[1])
		}
	})
}

// A restart amid a closing ends with the room closed, in time, and one that was taken back stays.
func TestM4RestartWhileClosing(t *testing.T) {
	for _, off := range []time.Duration{time.Second, time.Hour} {
		inside(t, chat.Limits{CloseGrace: 10 * time.Second}, func(k *kit) {
			owner := k.visitor()
			closed, open := k.room(owner, chat.NewRoom{Life: chat.Always}), k.room(owner, chat.NewRoom{Life: chat.Always})
			no := false
			for _, room := range []string{closed, open} {
				k.join(owner, room, "a")
				k.check(k.CloseRoom(k.Context(), owner, room))
			}
			_, err := k.ChangeRoom(k.Context(), owner, open, chat.RoomChange{Closing: &no})
			k.check(err)
			k.check(k.Close())
			time.Sleep(off)
			k.start()
			time.Sleep(max(0, 10*time.Second-off))
			if k.exists(closed) || !k.exists(open) {
				t.Errorf("off for %v: closed %v, open %v", off, k.exists(closed), k.exists(open))
			}
		})
	}
}

// A store that fails at the end of the grace only delays it.
func TestM4ClosingSurvivesAFailure(t *testing.T) {
	inside(t, chat.Limits{CloseGrace: 10 * time.Second}, func(k *kit) {
		defer k.log.Reset()
		s := k.weaken()
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "a")
		k.check(k.CloseRoom(k.Context(), owner, room))
		s.full.Store(true)
		time.Sleep(15 * time.Second)
		if !k.exists(room) {
			t.Error("gone from memory, and not from the store")
		}
		s.full.Store(false)
		time.Sleep(20 * time.Second)
		synctest.Wait()
		if k.exists(room) {
			t.Error("it stays")
		}
	})
}
