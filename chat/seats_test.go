package chat_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
)

func TestSeat(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(a, chat.NewRoom{})
		e := k.watch(room)
		k.fails(k.MayPost(a, room), chat.NotMember)
		j := k.join(a, room, "a1")
		if j.Me.Role != chat.RoleOwner || j.Me.ID != a.ID || len(j.Members) != 1 || j.Room.Count != 1 || j.Room.Owner != j.Me.Color ||
			j.Rev != 2 || len(j.Messages) != 2 || j.Messages[0].Code != chat.LineCreated || j.Messages[1].Code != chat.LineJoin || j.Reset || j.More {
			t.Errorf("joined %+v", j)
		}
		if l := k.saw(e, chat.EventJoined)[0]; l.Room.Count != 1 || l.Message.Rev != 2 || l.Message.By != j.Me {
			t.Errorf("event %+v, message %+v", l, l.Message)
		}
		k.check(k.MayPost(a, room))
		k.join(a, room, "a2")
		j2 := k.join(b, room, "b1")
		if len(j2.Members) != 2 || j2.Members[0] != j.Me || j2.Me.Role != chat.RoleMember || j2.Me.Color == j.Me.Color || j2.Me.Hue == j.Me.Hue {
			t.Errorf("joined %+v", j2)
		}
		k.saw(e, chat.EventJoined)

		// A tab of two leaves: nothing. The other is lost and returns in time: nothing.
		k.check(k.Leave(k.Context(), a, room, "a1"))
		k.Gone(a, room, "a2")
		k.Gone(a, room, "unknown")
		time.Sleep(29 * time.Second)
		if k.MayPost(a, room) != nil {
			t.Error("the seat was not kept")
		}
		if r := k.join(a, room, "a3"); r.Me != j.Me {
			t.Errorf("came back as %+v, was %+v", r.Me, j.Me)
		}
		time.Sleep(time.Minute)
		k.saw(e)

		// Lost for good: the seat is free after the grace.
		k.Gone(a, room, "a3")
		time.Sleep(30*time.Second - time.Millisecond)
		k.saw(e)
		time.Sleep(time.Millisecond)
		if l := k.saw(e, chat.EventLeft)[0]; l.Room.Count != 1 || l.Message.Code != chat.LineExit || l.Message.By.ID != a.ID {
			t.Errorf("event %+v, message %+v", l, l.Message)
		}
		k.fails(k.MayPost(a, room), chat.NotMember)
		k.fails(k.Leave(k.Context(), a, room, "a3"), chat.NotMember)

		// Leaving by word frees it at once.
		k.check(k.Leave(k.Context(), b, room, "b1"))
		if k.MayPost(b, room) == nil {
			t.Error("still seated")
		}
		k.saw(e, chat.EventLeft)
		if r := k.join(b, room, "b2"); r.Me != j2.Me {
			t.Errorf("came back as %+v, was %+v", r.Me, j2.Me)
		}
	})
}

func TestM2RoomUntilEmpty(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a := k.visitor()
		lobby := k.watch(chat.Lobby)
		unused, room := k.room(a, chat.NewRoom{Life: chat.UntilEmpty}), k.room(a, chat.NewRoom{Life: chat.UntilEmpty})
		k.saw(lobby, chat.EventOpened, chat.EventOpened)
		k.join(a, room, "1")
		_, _, err := k.upload(a, room, chat.Post{CID: "p"}, image(1))
		k.check(err)
		k.check(k.Leave(k.Context(), a, room, "1"))
		time.Sleep(29 * time.Second)
		k.join(a, room, "2")
		time.Sleep(time.Minute)
		lobby.take()
		e := k.watch(room)
		k.Gone(a, room, "2")
		time.Sleep(60*time.Second - time.Millisecond)
		k.saw(e, chat.EventLeft)
		k.saw(lobby, chat.EventUpdated)
		time.Sleep(time.Millisecond)
		k.saw(lobby, chat.EventClosed)
		if c := k.saw(e, chat.EventClosed)[0]; c.Reason != chat.ClosedEmpty || c.Room.ID != room {
			t.Errorf("event %+v", c)
		}
		if gone := k.o.Files.(*files).gone(); len(gone) != 1 || gone[0] != image(1).Name {
			t.Errorf("files removed: %v", gone)
		}
		_, err = k.Room(room)
		k.fails(err, chat.NoSuchRoom)
		_, err = k.Media(k.Context(), image(1).Name)
		k.fails(err, chat.NotFound)

		time.Sleep(10*time.Minute - 3*time.Minute)
		_, err = k.Room(unused)
		k.check(err)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		_, err = k.Room(unused)
		k.fails(err, chat.NoSuchRoom)
		if all, err := k.o.Store.Rooms(k.Context()); err != nil || len(all) != 0 {
			t.Errorf("%d rooms are kept, %v", len(all), err)
		}
	})
}

func TestCapacity(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		const visitors, seats = 60, 10
		room := k.room(k.visitor(), chat.NewRoom{Max: seats})
		e := k.watch(room)
		var in, full atomic.Int32
		var wg sync.WaitGroup
		for i := range visitors {
			id := k.visitor()
			for tab := range 3 {
				wg.Go(func() {
					j, err := k.Join(context.Background(), id, chat.JoinRequest{Room: room, Conn: fmt.Sprint(i, tab)})
					switch chat.CodeOf(err) {
					case "":
						in.Add(1)
						if j.Room.Count > seats || len(j.Members) > seats {
							t.Errorf("%d seats taken", j.Room.Count)
						}
					case chat.RoomFull:
						full.Add(1)
					default:
						t.Error(err)
					}
				})
			}
		}
		wg.Wait()
		if in.Load() != 3*seats || full.Load() != 3*(visitors-seats) {
			t.Errorf("%d in, %d full", in.Load(), full.Load())
		}
		looks := map[[2]int]bool{}
		colors := map[string]bool{}
		for i, v := range e.take() {
			if v.Kind != chat.EventJoined || v.Room.Count != i+1 {
				t.Errorf("event %d: kind %d, count %d", i, v.Kind, v.Room.Count)
			}
			looks[[2]int{v.Message.By.Hue, 0}] = true
			colors[v.Message.By.Color] = true
		}
		if len(looks) != seats || len(colors) != seats {
			t.Errorf("%d hues, %d colors of %d", len(looks), len(colors), seats)
		}
	})
}

func TestRestart(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a, b := k.visitor(), k.visitor()
		room := k.room(a, chat.NewRoom{Password: "open sesame"})
		me := k.join(a, room, "1").Me
		_, err := k.Join(k.Context(), b, chat.JoinRequest{Room: room, Conn: "2"})
		k.fails(err, chat.WrongPassword)
		grant, err := k.Enter(k.Context(), b, room, "open sesame")
		k.check(err)
		k.join(b, room, "2")
		m := k.send(a, room, "안녕")
		epoch := k.Epoch()
		k.check(k.Close())
		_, _, err = k.Send(k.Context(), a, chat.Post{Room: room, Text: "x"})
		k.fails(err, chat.Unavailable)
		k.check(k.Close())

		time.Sleep(time.Hour)
		k.start()
		if k.Epoch() != epoch {
			t.Errorf("epoch %s, was %s", k.Epoch(), epoch)
		}
		e := k.watch(room)
		if r, err := k.Room(room); err != nil || r.Count != 2 || r.Owner != me.Color || !r.Locked || !r.Active.Equal(m.Created) {
			t.Errorf("room %+v, %v", r, err)
		}
		j, err := k.Join(k.Context(), a, chat.JoinRequest{Room: room, Conn: "3", Since: &chat.Since{Epoch: epoch, Rev: m.Rev}})
		k.check(err)
		if j.Me != me || len(j.Messages) != 0 || j.Reset || j.Rev != m.Rev {
			t.Errorf("joined %+v", j)
		}
		time.Sleep(59 * time.Second)
		k.saw(e)
		time.Sleep(time.Second)
		k.saw(e, chat.EventLeft) // b has not come back
		_, err = k.Join(k.Context(), b, chat.JoinRequest{Room: room, Conn: "4"})
		k.fails(err, chat.WrongPassword)
		_, err = k.Join(k.Context(), b, chat.JoinRequest{Room: room, Conn: "4", Grant: grant})
		k.check(err)
	})
}

// Coming and going writes lines for everybody, so it has a limit.
func TestTakingSeatsIsLimited(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		a := k.visitor()
		room := k.room(a, chat.NewRoom{})
		for range 10 {
			k.join(a, room, "1")
			k.check(k.Leave(k.Context(), a, room, "1"))
		}
		synctest.Wait() // the last exit has been told
		e := k.watch(room)
		_, err := k.Join(k.Context(), a, chat.JoinRequest{Room: room, Conn: "1"})
		k.fails(err, chat.RateLimited)
		if e, ok := err.(*chat.Error); !ok || !e.Retryable || e.RetryAfter != 6*time.Second {
			t.Errorf("%+v", err)
		}
		k.saw(e)
		k.join(k.visitor(), room, "other")
		time.Sleep(6 * time.Second)
		k.join(a, room, "1")
		for range 30 { // within the grace a seat is kept, and coming back is reading
			time.Sleep(200 * time.Millisecond)
			k.Gone(a, room, "1")
			k.join(a, room, "1")
		}
		k.saw(e, chat.EventJoined, chat.EventJoined)
	})
}

// Many visitors come and go at random; in the end the room agrees with its own log.
func TestComingAndGoing(t *testing.T) {
	inside(t, chat.Limits{SendPerSecond: -1, RoomPerSecond: -1, JoinsPerMinute: -1}, func(k *kit) {
		owner := k.visitor()
		room := k.room(owner, chat.NewRoom{Max: 5})
		k.join(owner, room, "o")
		e := k.watch(room)
		var wg sync.WaitGroup
		for i := range 8 {
			id := k.visitor()
			wg.Go(func() {
				for n := range 15 {
					conn := fmt.Sprint(i, "-", n)
					if _, err := k.Join(context.Background(), id, chat.JoinRequest{Room: room, Conn: conn}); err != nil {
						k.fails(err, chat.RoomFull)
						time.Sleep(time.Duration(i) * time.Second)
						continue
					}
					if _, _, err := k.Send(context.Background(), id, chat.Post{Room: room, Text: conn}); err != nil {
						t.Error(err)
					}
					time.Sleep(time.Duration(i*n%7) * 100 * time.Millisecond)
					if (i+n)%3 == 0 {
						k.Gone(id, room, conn)
						time.Sleep(time.Duration(n*5) * time.Second)
					} else if err := k.Leave(context.Background(), id, room, conn); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(29 * time.Second)
		present := map[string]bool{owner.ID: true}
		rev := int64(2)
		for _, v := range e.take() {
			if rev++; v.Message.Rev != rev {
				t.Fatalf("rev %d where %d belongs", v.Message.Rev, rev)
			}
			switch id := v.Message.By.ID; v.Kind {
			case chat.EventJoined:
				if present[id] {
					t.Error("joined twice")
				}
				present[id] = true
			case chat.EventLeft:
				if !present[id] {
					t.Error("left without being here")
				}
				delete(present, id)
			}
			if len(present) != v.Room.Count || len(present) > 5 {
				t.Fatalf("%d present, count %d", len(present), v.Room.Count)
			}
		}
	})
}
