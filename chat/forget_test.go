package chat_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// seqs are those of all messages of a room, as who comes later sees them.
func (k *kit) seqs(who chat.Visitor, room string) (seqs []int64) {
	k.Helper()
	s, err := k.History(k.Context(), who, chat.HistoryQuery{Room: room, Oldest: true})
	k.check(err)
	for _, m := range s.Messages {
		seqs = append(seqs, m.Seq)
	}
	return seqs
}

// Messages go with time, and their pictures with them, within a minute; who is there is told which
// is the first that is left, and who comes back misses nothing.
func TestM9HistoryGoesWithTime(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day, SendBurst: 1000, SendPerSecond: -1, RoomPerSecond: -1}, func(k *kit) {
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always, History: chat.Day})
		kept := k.room(owner, chat.NewRoom{Life: chat.Always})
		k.join(owner, kept, "k")
		k.send(owner, kept, "남는 말")
		k.join(owner, room, "a")
		j := k.join(guest, room, "b")
		_, _, err := k.upload(owner, room, chat.Post{CID: "p"}, image(1))
		k.check(err)
		for i := range 600 { // more than go at once
			k.send(owner, room, fmt.Sprint(i))
		}
		k.check(k.Leave(k.Context(), guest, room, "b"))
		time.Sleep(12 * time.Hour)
		late := k.send(owner, room, "늦은 말")
		time.Sleep(12*time.Hour - time.Minute)
		if n := len(k.seqs(owner, room)); n != 100 {
			t.Errorf("%d messages", n)
		}
		e := k.watch(room)
		time.Sleep(2 * time.Minute)
		changed := e.take()
		if len(changed) != 3 || changed[2].Kind != chat.EventChanged || changed[2].Room.First != late.Seq {
			t.Errorf("%d events, the last %+v", len(changed), changed[len(changed)-1])
		}
		if got := k.seqs(owner, room); !slices.Equal(got, []int64{late.Seq}) {
			t.Errorf("messages %v", got)
		}
		if gone := k.o.Files.(*files).gone(); !slices.Equal(gone, []string{image(1).Name}) || k.Stats().MediaBytes != 0 {
			t.Errorf("files removed: %v, %d bytes are left", gone, k.Stats().MediaBytes)
		}
		_, err = k.House.Media(k.Context(), image(1).Name)
		k.fails(err, chat.NotFound)
		if n := len(k.seqs(owner, kept)); n != 3 {
			t.Errorf("%d messages in the other room", n)
		}

		// Who had read some of it gets the rest, and learns what is gone; who has no seat and said
		// nothing that is left, nobody knows any more.
		r, err := k.o.Store.Room(k.Context(), room)
		k.check(err)
		if len(r.Members) != 1 || r.First != late.Seq {
			t.Errorf("first %d, members %+v", r.First, r.Members)
		}
		k.check(k.Close())
		k.start()
		back, err := k.Join(k.Context(), guest, chat.JoinRequest{Room: room, Conn: "b", Since: &chat.Since{Epoch: j.Epoch, Rev: j.Rev}})
		k.check(err)
		if back.Reset || back.Room.First != late.Seq || len(back.Messages) != 2 || back.Messages[0].Seq != late.Seq || back.Rev != late.Rev+1 {
			t.Errorf("%+v", back)
		}
		// All of it goes, and numbers go on.
		k.check(k.Leave(k.Context(), guest, room, "b"))
		time.Sleep(2 * day)
		if got := k.seqs(owner, room); len(got) > 0 {
			t.Errorf("messages %v", got)
		}
		j = k.join(guest, room, "b")
		if j.Room.First > j.Messages[0].Seq || j.Messages[0].Seq <= late.Seq {
			t.Errorf("%+v", j)
		}
	})
}

// What is chosen later holds for what is there; the operator's most too.
func TestM9HistoryIsShortened(t *testing.T) {
	inside(t, chat.Limits{SessionUnused: 365 * day}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Life: chat.Always})
		k.join(owner, room, "a")
		for range 10 {
			k.send(owner, room, "안녕")
			time.Sleep(5 * day)
		}
		_, err := k.ChangeRoom(k.Context(), owner, room, chat.RoomChange{History: span("month")})
		k.check(err)
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(k.seqs(owner, room)); n != 5 { // 5 to 25 days old
			t.Errorf("%d messages", n)
		}
		k.check(k.Close())
		k.o.Terms.HistoryMost = chat.Week
		k.start()
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(k.seqs(owner, room)); n != 2 { // and that the owner has left
			t.Errorf("%d messages", n)
		}
	})
}
