package chat_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// diary writes down what an Observer is told. It asks the House each time, as nobody may who is
// called with a lock held.
type diary struct {
	mu    sync.Mutex
	house *chat.House // guarded by mu
	lines []string    // guarded by mu
}

func (d *diary) note(what string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, what)
	if d.house == nil {
		return
	}
	d.house.Stats()
	page, err := d.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	if err == nil && len(page.Rooms) > 0 {
		_, _ = d.house.Room(page.Rooms[0].ID)
	}
}

func (d *diary) take() []string {
	synctest.Wait()
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := d.lines
	d.lines = nil
	return lines
}

func (d *diary) observer() *chat.Observer {
	return &chat.Observer{
		Opened:    func() { d.note("opened") },
		Closed:    func(reason string) { d.note("closed " + reason) },
		Joined:    func() { d.note("joined") },
		Left:      func() { d.note("left") },
		Sent:      func(kind chat.Kind) { d.note("sent " + string(kind)) },
		Duplicate: func() { d.note("duplicate") },
		Resumed:   func(changes int) { d.note(fmt.Sprint("resumed ", changes)) },
		Reset:     func() { d.note("reset") },
		Uploaded:  func(bytes int64) { d.note(fmt.Sprint("uploaded ", bytes)) },
		Refused:   func(limit string) { d.note("refused " + limit) },
		LockedOut: func(session, address bool) { d.note(fmt.Sprint("locked out ", session, " ", address)) },
	}
}

func TestO6ObserverIsTold(t *testing.T) {
	d := &diary{}
	inside(t, chat.Limits{Offences: 2, SendBurst: 3}, func(k *kit) {
		k.check(k.Close())
		k.o.Observer = d.observer()
		k.start()
		d.mu.Lock()
		d.house = k.House
		d.mu.Unlock()
		wants := func(lines ...string) {
			k.Helper()
			if got := d.take(); fmt.Sprint(got) != fmt.Sprint(lines) {
				k.Errorf("told %q, want %q", got, lines)
			}
		}
		owner, guest := k.visitor(), k.from("192.0.2.0/24")
		room := k.room(owner, chat.NewRoom{CID: "once"})
		k.room(owner, chat.NewRoom{CID: "once"})
		wants("opened")
		joined := k.join(owner, room, "1")
		k.join(owner, room, "2")
		k.join(guest, room, "1")
		wants("joined", "joined")
		for range 2 {
			_, _, err := k.Send(k.Context(), owner, chat.Post{Room: room, CID: "c", Text: "hello"})
			k.check(err)
		}
		wants("sent text", "duplicate")
		_, err := k.Join(k.Context(), owner, chat.JoinRequest{Room: room, Conn: "3", Since: &chat.Since{Epoch: joined.Epoch, Rev: joined.Rev}})
		k.check(err)
		_, err = k.Join(k.Context(), owner, chat.JoinRequest{Room: room, Conn: "4", Since: &chat.Since{Epoch: "other", Rev: 1}})
		k.check(err)
		wants("resumed 2", "reset") // the guest's line and the text
		u, err := k.Upload(owner, room, 10)
		k.check(err)
		if n := k.Stats().Uploads; n != 1 {
			k.Errorf("%d uploads under way", n)
		}
		_, _, err = u.Send(k.Context(), chat.Post{CID: "i"}, chat.Media{Name: "00000000000000000000000000000000.gif", MIME: "image/gif", Bytes: 10})
		k.check(err)
		wants("sent media", "uploaded 10")

		for range 3 {
			k.send(guest, room, "!")
		}
		wants("sent text", "sent text", "sent text")
		for range 2 {
			_, _, err = k.Send(k.Context(), guest, chat.Post{Room: room, CID: chat.NewID(), Text: "!"})
			k.fails(err, chat.RateLimited)
			_ = k.Refused(guest, err)
		}
		wants("refused send-per-second", "refused send-per-second", "locked out true false")
		if s := k.Stats(); s.LockedOutSessions != 1 || s.LockedOutAddresses != 0 || s.Seats != 2 || s.People != 2 || s.Rooms != 1 ||
			s.Listed != 1 || s.MediaBytes != 10 || s.MediaHeld != 0 || s.Uploads != 0 {
			k.Errorf("%+v", s)
		}
		time.Sleep(k.Limits().Lockout)
		if s := k.Stats(); s.LockedOutSessions != 0 {
			k.Errorf("the lockout lasts: %+v", s)
		}
		k.check(k.Leave(k.Context(), guest, room, "1"))
		k.check(k.CloseRoom(k.Context(), owner, room))
		wants("left", "closed owner")
		k.room(owner, chat.NewRoom{})
		time.Sleep(k.Limits().UnvisitedGrace + time.Second)
		wants("opened", "closed empty")
		k.log.Reset() // of the lockout
	})
}

// A seat that is free is told of, also when the store can't keep the line.
func TestO6SeatsFreedOnAFullDisk(t *testing.T) {
	d := &diary{}
	inside(t, chat.Limits{}, func(k *kit) {
		defer k.log.Reset()
		k.o.Observer = d.observer()
		s := k.weaken()
		owner, guest := k.visitor(), k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(guest, room, "1")
		s.full.Store(true)
		k.fails(k.Leave(k.Context(), guest, room, "1"), chat.Unavailable)
		_, err := k.Join(k.Context(), guest, chat.JoinRequest{Room: room, Conn: "2"})
		k.fails(err, chat.Unavailable)
		s.full.Store(false)
		if got := fmt.Sprint(d.take()); got != "[opened joined left]" || k.Stats().Seats != 0 {
			t.Errorf("told %s, %+v", got, k.Stats())
		}
	})
}

// A House that nobody observes does all the same, and an Observer may have one function.
func TestObserverOfOneThing(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.check(k.Close())
		joins := 0
		k.o.Observer = &chat.Observer{Joined: func() { joins++ }}
		k.start()
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{})
		k.join(owner, room, "1")
		k.send(owner, room, "hello")
		_ = k.Refused(owner, &chat.Error{Code: chat.RateLimited, Limit: "send-per-second"})
		k.check(k.Leave(k.Context(), owner, room, "1"))
		k.check(k.CloseRoom(k.Context(), owner, room))
		if joins != 1 {
			k.Errorf("%d joins", joins)
		}
	})
}

// Who waits to have a password hashed is seen.
func TestO6StatsOfHashing(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		k.HashCheaply()
		var made sync.WaitGroup
		for range 5 {
			who := k.visitor()
			made.Go(func() { k.room(who, chat.NewRoom{Password: "secret"}) })
		}
		synctest.Wait()
		if s := k.Stats(); s.Hashing != 2 || s.HashingQueue != 3 {
			k.Errorf("%+v", s)
		}
		made.Wait()
		if s := k.Stats(); s.Hashing != 0 || s.HashingQueue != 0 {
			k.Errorf("%+v", s)
		}
	})
}
