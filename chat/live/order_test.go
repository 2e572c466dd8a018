package live_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/live"
)

// scheduled is a store that runs functions at chosen moments.
type scheduled struct {
	chat.Store
	before, after atomic.Pointer[func()] // around the reading of a snapshot, once each
	untold        atomic.Pointer[func()] // between a commit and its announcement, once
}

func run(p *atomic.Pointer[func()]) {
	if f := p.Swap(nil); f != nil {
		(*f)()
	}
}

func (s *scheduled) Messages(ctx context.Context, room string, q chat.Range) (chat.Snapshot, error) {
	run(&s.before)
	defer run(&s.after)
	return s.Store.Messages(ctx, room, q)
}

func (s *scheduled) Changes(ctx context.Context, room string, rev int64, limit int) (chat.Snapshot, error) {
	run(&s.before)
	defer run(&s.after)
	return s.Store.Changes(ctx, room, rev, limit)
}

func (s *scheduled) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	return s.Store.Append(ctx, e, func(m chat.Message) {
		run(&s.untold)
		committed(m)
	})
}

// Messages come at every moment of a join: before its snapshot is read, and between that and the
// answer. Each is seen exactly once, those of the snapshot in the answer and the others behind it.
func TestMessagesDuringJoin(t *testing.T) {
	store := new(scheduled)
	limits := quick()
	r := startOn(t, t.TempDir(), limits, live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim, lee := r.person(), r.person()
	const fresh, again, resumed = "fresh", "again", "resumed"
	for _, how := range []string{fresh, again, resumed} {
		for _, by := range []*person{kim, lee} {
			for _, n := range [][2]int{{0, 0}, {1, 0}, {0, 1}, {1, 1}, {3, 3}} {
				name := fmt.Sprintf("%s, %d before and %d after the snapshot, own %v", how, n[0], n[1], by == lee)
				t.Run(name, func(t *testing.T) {
					r := *r
					r.t = t
					kim, lee := *kim, *lee
					kim.rig, lee.rig = &r, &r
					room := kim.room(chat.NewRoom{})
					host := kim.tab()
					host.must("/chat", "join", object{"room": room})
					if how != fresh {
						// has a seat, so no line is printed below
						lee.tab().must("/chat", "join", object{"room": room})
					}
					c := lee.tab()
					q := object{"room": room}
					if how != fresh {
						j := c.must("/chat", "join", q)
						if how == resumed {
							q["since"] = object{"epoch": j["epoch"], "rev": j["rev"]}
						}
					}
					say := func(n int) *func() {
						f := func() {
							for i := range n {
								by.say(room, fmt.Sprint(i))
							}
							r.told(room) // all of them have gone past the subscription
						}
						return &f
					}
					store.before.Store(say(n[0]))
					store.after.Store(say(n[1]))
					mark := len(c.log)
					j := c.must("/chat", "join", q)
					rev := int(j["rev"].(float64))
					kim.say(room, "the next one")
					c.find("the next message", func(p *packet) bool { return p.kind == '2' && p.data["chat"] == "the next one" })
					kim.say(room, "the last one")
					c.find("the last message", func(p *packet) bool { return p.kind == '2' && p.data["chat"] == "the last one" })
					var got []int
					for _, p := range c.log[mark:] {
						switch {
						case p.kind == '3':
							got = nil // what came before is the stay that this join ended
						case p.kind == '2':
							got = append(got, int(p.data["rev"].(float64)))
						}
					}
					if want := span(rev+1, rev+n[1]+2); !slices.Equal(got, want) {
						t.Errorf("events %v behind the answer with rev %d, want %v\n%s", got, rev, want, c.around(len(c.log)))
					}
				})
			}
		}
	}
}

// A snapshot may hold what the House has committed and is still about to tell; earlier messages may
// come in between.
func TestSnapshotAheadOfEvents(t *testing.T) {
	for _, earlier := range []int{0, 1} {
		t.Run(fmt.Sprint(earlier, " told meanwhile"), func(t *testing.T) {
			store := new(scheduled)
			r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
			kim, lee := r.person(), r.person()
			room := kim.room(chat.NewRoom{})
			for _, p := range []*person{kim, lee} {
				p.tab().must("/chat", "join", object{"room": room})
			}
			c := lee.tab()
			tell, sent := make(chan struct{}), make(chan chat.Message, 1)
			before := func() {
				for range earlier {
					kim.say(room, "told")
				}
				r.told(room)
				committed := make(chan struct{})
				hold := func() { close(committed); <-tell }
				store.untold.Store(&hold)
				go func() { sent <- kim.say(room, "committed") }()
				<-committed
			}
			after := func() { close(tell) } // the answer waits for it
			store.before.Store(&before)
			store.after.Store(&after)
			j := c.must("/chat", "join", object{"room": room})
			if m := <-sent; j["rev"] != float64(m.Rev) {
				t.Fatalf("the snapshot is of rev %v, the message %d", j["rev"], m.Rev)
			}
			kim.say(room, "next")
			kim.say(room, "last")
			for _, want := range []string{"next", "last"} {
				if m := c.event("chat"); m["chat"] != want {
					t.Errorf("got %v, want %q", m, want)
				}
			}
		})
	}
}

// A room that is closed while somebody joins says so, once.
func TestRoomClosedDuringJoin(t *testing.T) {
	store := new(scheduled)
	r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim, lee := r.person(), r.person()
	room := kim.room(chat.NewRoom{})
	c := lee.tab()
	end := func() {
		if err := r.house.CloseRoom(context.Background(), kim.Visitor, room); err != nil {
			t.Error(err)
		}
	}
	store.after.Store(&end)
	c.must("/chat", "join", object{"room": room})
	if e := c.event("roomClosed"); e["room"] != room {
		t.Errorf("roomClosed %v", e)
	}
	c.fails("NO_SUCH_ROOM", "/chat", "join", object{"room": room})
	other := lee.room(chat.NewRoom{})
	c.must("/chat", "join", object{"room": other})
	r.settle(other, c)
	if rest := c.rest(); len(rest) > 0 {
		t.Errorf("there is more: %v", rest)
	}
}

// An error of the store reaches the client as what it may know, and the log as what it was.
func TestStoreFails(t *testing.T) {
	store := new(failing)
	r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab("lang=en")
	c.must("/chat", "join", object{"room": room})
	store.on.Store(true)
	e := c.fails("UNAVAILABLE", "/chat", "chat", object{"room": room, "chat": "hi", "cid": "1"})
	if e["retryable"] != true || languageOf(e["message"].(string)) != english {
		t.Errorf("error %v", e)
	}
	store.panics.Store(true)
	e = c.fails("INTERNAL", "/chat", "chat", object{"room": room, "chat": "hi", "cid": "1"})
	ref, _ := e["ref"].(string)
	if ref == "" {
		t.Fatalf("error %v", e)
	}
	store.on.Store(false)
	c.must("/chat", "chat", object{"room": room, "chat": "hi", "cid": "1"})
	for _, want := range []string{"disk is full", "out of order", "request=" + ref, "order_test.go"} {
		r.log.wants(t, want)
	}
	for _, p := range c.log {
		if p.kind != request && (strings.Contains(p.text, "disk") || strings.Contains(p.text, "order")) {
			t.Errorf("the client sees %s", p.text)
		}
	}
	r.log.forget()
}

// A client that leaves while its room is read is no error of ours, whatever the store calls that.
func TestLeavingDuringJoin(t *testing.T) {
	store := new(interrupted)
	store.begun, store.left = make(chan struct{}), make(chan struct{})
	r := startOn(t, t.TempDir(), quick(), live.Options{}, func(s chat.Store) chat.Store { store.Store = s; return store })
	kim := r.person()
	room := kim.room(chat.NewRoom{})
	c := kim.tab()
	c.emit("/chat", "join", object{"room": room})
	<-store.begun
	c.close()
	<-store.left // the rig looks for lines in the log when the door has been closed
}

// interrupted is a store whose reading ends with the caller, in words of its own.
type interrupted struct {
	chat.Store
	begun, left chan struct{}
}

func (s *interrupted) Messages(ctx context.Context, _ string, _ chat.Range) (chat.Snapshot, error) {
	close(s.begun)
	<-ctx.Done()
	defer close(s.left)
	return chat.Snapshot{}, errors.New("interrupted (9)")
}

// failing is a store that can't append.
type failing struct {
	chat.Store
	on, panics atomic.Bool
}

func (f *failing) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (chat.Message, bool, error) {
	switch {
	case f.on.Load() && f.panics.Load():
		panic("out of order")
	case f.on.Load():
		return chat.Message{}, false, fmt.Errorf("disk is full")
	}
	return f.Store.Append(ctx, e, committed)
}
