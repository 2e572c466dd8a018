package chat_test

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

// same tells whether two messages are, with all that belongs to them.
func same(a, b chat.Message) bool { return reflect.DeepEqual(a, b) }

func TestSend(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(a, chat.NewRoom{})
		me := k.join(a, room, "1").Me
		e, every := k.watch(room), k.watch(chat.EveryRoom)
		m, dup, err := k.Send(k.Context(), a, chat.Post{Room: room, CID: "c-1", Text: " 한글\r\n"})
		k.check(err)
		if dup || m.Text != "한글" || m.Seq != 3 || m.Rev != 3 || m.CID != "c-1" || m.By != me || m.Kind != chat.KindText {
			t.Errorf("sent %+v", m)
		}
		again, dup, err := k.Send(k.Context(), a, chat.Post{Room: room, CID: "c-1", Text: "another text"})
		k.check(err)
		if !dup || !same(again, m) {
			t.Errorf("again %+v, dup %v, want %+v", again, dup, m)
		}
		for _, w := range []*events{e, every} {
			if v := k.saw(w, chat.EventPosted)[0]; !same(*v.Message, m) || !v.Room.Active.Equal(m.Created) {
				t.Errorf("event %+v, message %+v", v, v.Message)
			}
		}
		for _, c := range []struct {
			id   chat.Visitor
			p    chat.Post
			code chat.Code
		}{
			{b, chat.Post{Room: room, Text: "x"}, chat.NotMember},
			{a, chat.Post{Room: "unknown", Text: "x"}, chat.NoSuchRoom},
			{a, chat.Post{Room: room, Text: "x", CID: "a:b"}, chat.BadRequest},
			{a, chat.Post{Room: room, Text: "x", CID: strings.Repeat("x", 65)}, chat.BadRequest},
			{a, chat.Post{Room: room, Text: " \n\u200b\u202e"}, chat.BadMessage},
			{a, chat.Post{Room: room, Text: "\xed\xa0\x80"}, chat.BadMessage},
			{a, chat.Post{Room: room, Text: strings.Repeat("x", 2001)}, chat.TooLong},
			{a, chat.Post{Room: room, Text: strings.Repeat("한", 8<<10/3+1)}, chat.TooLong},
		} {
			_, _, err := k.Send(k.Context(), c.id, c.p)
			k.fails(err, c.code)
		}
		k.send(a, room, strings.Repeat("x", 2000))
		k.send(a, room, strings.Repeat("👍🏽", 1000))
		k.saw(e, chat.EventPosted, chat.EventPosted)
	})
}

func TestSendMedia(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a := k.visitor()
		room := k.room(a, chat.NewRoom{})
		f := k.o.Files.(*files)
		post := func(n int, p chat.Post) (chat.Message, bool, error) {
			return k.upload(a, room, p, image(n))
		}
		_, err := k.Upload(a, room, 30)
		k.fails(err, chat.NotMember)
		k.join(a, room, "1")
		u, err := k.Upload(a, room, 30)
		k.check(err)
		k.check(k.Leave(k.Context(), a, room, "1"))
		_, _, err = u.Send(k.Context(), chat.Post{}, image(1))
		k.fails(err, chat.NotMember)
		k.join(a, room, "1")
		m, dup, err := post(2, chat.Post{CID: "p", Text: "caption"})
		k.check(err)
		if dup || m.Kind != chat.KindMedia || m.Media[0].Name != image(2).Name || m.Media[0].Room != room || m.Text != "caption" {
			t.Errorf("sent %+v, %+v", m, m.Media)
		}
		if again, dup, err := post(3, chat.Post{CID: "p"}); err != nil || !dup || again.Media[0].Name != image(2).Name {
			t.Errorf("again %+v, dup %v, %v", again, dup, err)
		}
		_, _, err = post(4, chat.Post{Text: strings.Repeat("x", 9000)})
		k.fails(err, chat.TooLong)
		if gone := f.gone(); !slices.Equal(gone, []string{image(1).Name, image(3).Name, image(4).Name}) {
			t.Errorf("removed %v", gone)
		}
		if got, err := k.Media(k.Context(), image(2).Name); err != nil || got != m.Media[0] {
			t.Errorf("media %+v, %v", got, err)
		}
		_, err = k.Media(k.Context(), "../../etc/passwd")
		k.fails(err, chat.NotFound)
	})
}

func TestHistoryAndChanges(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1, RoomPerSecond: -1, HistoryPage: 20, ResumeMost: 30, HistoryPerSecond: -1}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(a, chat.NewRoom{Password: "open sesame"})
		j := k.join(a, room, "1")
		for i := range 98 {
			k.send(a, room, fmt.Sprint(i))
		}
		first := func(s chat.Snapshot, n int, seq int64, more bool) {
			t.Helper()
			if len(s.Messages) != n || n > 0 && s.Messages[0].Seq != seq || s.More != more || s.Rev != 100 || s.Epoch != k.Epoch() {
				t.Errorf("%d messages, more %v, rev %d", len(s.Messages), s.More, s.Rev)
			}
			for i, m := range s.Messages {
				if m.Seq != s.Messages[0].Seq+int64(i) {
					t.Errorf("seq %d at %d", m.Seq, i)
				}
			}
		}
		page := func(q chat.HistoryQuery) chat.Snapshot {
			t.Helper()
			q.Room = room
			s, err := k.History(k.Context(), a, q)
			k.check(err)
			return s
		}
		first(page(chat.HistoryQuery{}), 20, 81, true)
		first(page(chat.HistoryQuery{Limit: 5, Before: 81}), 5, 76, true)
		first(page(chat.HistoryQuery{Limit: 500, After: 90, Oldest: true}), 10, 91, false)
		first(page(chat.HistoryQuery{Limit: 5, Oldest: true}), 5, 1, true)
		first(page(chat.HistoryQuery{Before: 3}), 2, 1, false)
		_, err := k.History(k.Context(), a, chat.HistoryQuery{Room: room, Limit: -1})
		k.fails(err, chat.BadRequest)
		_, err = k.History(k.Context(), b, chat.HistoryQuery{Room: room})
		k.fails(err, chat.WrongPassword)

		join := func(since *chat.Since) chat.Snapshot {
			t.Helper()
			j, err := k.Join(k.Context(), a, chat.JoinRequest{Room: room, Conn: "1", Since: since})
			k.check(err)
			return j.Snapshot
		}
		for _, c := range []struct {
			since *chat.Since
			n     int
			seq   int64
			reset bool
		}{
			{nil, 50, 51, false},
			{&chat.Since{Epoch: j.Epoch, Rev: 100}, 0, 0, false},
			{&chat.Since{Epoch: j.Epoch, Rev: 70}, 30, 71, false},
			{&chat.Since{Epoch: j.Epoch, Rev: 69}, 50, 51, true},
			{&chat.Since{Epoch: j.Epoch, Rev: 101}, 50, 51, true},
			{&chat.Since{Epoch: "another", Rev: 99}, 50, 51, true},
		} {
			s := join(c.since)
			first(s, c.n, c.seq, c.n == 50)
			if s.Reset != c.reset {
				t.Errorf("since %+v: reset %v", c.since, s.Reset)
			}
		}
	})
}

// Everybody who follows the recipe of the package comment sees each message once, in order.
func TestJoinWhileOthersSend(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1, RoomPerSecond: -1, HistoryFirst: 10000}, func(k *kit) {
		a := k.visitor()
		room := k.room(a, chat.NewRoom{Max: 100})
		k.join(a, room, "1")
		var senders, readers sync.WaitGroup
		for s := range 4 {
			senders.Go(func() {
				for i := range 100 {
					if _, _, err := k.Send(context.Background(), a, chat.Post{Room: room, Text: fmt.Sprint(s, i)}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		var mu sync.Mutex
		seen := map[int][]int64{} // guarded by mu; revs by reader
		for i := range 20 {
			id := k.visitor()
			readers.Go(func() {
				var kept events
				stop := k.Subscribe(room, kept.add)
				j, err := k.Join(context.Background(), id, chat.JoinRequest{Room: room, Conn: fmt.Sprint(i)})
				if err != nil {
					t.Error(err)
					return
				}
				see := func(rev int64) {
					mu.Lock()
					defer mu.Unlock()
					seen[i] = append(seen[i], rev)
				}
				for _, m := range j.Messages {
					see(m.Rev)
				}
				k.InOrder(room, func() {
					stop()
					for _, e := range kept.all {
						if e.Message != nil && e.Message.Rev > j.Rev {
							see(e.Message.Rev)
						}
					}
					k.Subscribe(room, func(e chat.Event) {
						if e.Message != nil {
							see(e.Message.Rev)
						}
					})
				})
			})
		}
		senders.Wait()
		readers.Wait()
		synctest.Wait()
		for i, revs := range seen {
			if len(revs) != 2+400+20 {
				t.Errorf("reader %d saw %d revs", i, len(revs))
			}
			for n, rev := range revs {
				if rev != int64(n+1) {
					t.Fatalf("reader %d saw rev %d at %d", i, rev, n+1)
				}
			}
		}
	})
}

func TestCloseRoom(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(a, chat.NewRoom{})
		k.join(a, room, "1")
		k.join(b, room, "2")
		k.Gone(b, room, "2")
		e := k.watch(room)
		k.fails(k.CloseRoom(k.Context(), b, room), chat.NotOwner)
		k.fails(k.CloseRoom(k.Context(), b, "unknown"), chat.NoSuchRoom)
		k.check(k.CloseRoom(k.Context(), a, room))
		if c := k.saw(e, chat.EventClosed)[0]; c.Reason != chat.ClosedByOwner {
			t.Errorf("event %+v", c)
		}
		k.fails(k.CloseRoom(k.Context(), a, room), chat.NoSuchRoom)
		_, _, err := k.Send(k.Context(), a, chat.Post{Room: room, Text: "x"})
		k.fails(err, chat.NoSuchRoom)
		k.Gone(a, room, "1")
		time.Sleep(time.Hour)
		k.saw(e)
	})
}
