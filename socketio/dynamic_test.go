package socketio_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

var anyRoom = regexp.MustCompile(`^/d`)

// Clients that make namespaces and leave them take nothing from others.
func TestEmptyNamespacesGo(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 20})
	p := s.OfRegexp(anyRoom)
	for round := range 5 {
		w, other := s.client(t), s.client(t)
		for i := range 20 {
			w.join(fmt.Sprintf("/d%d-%d", round, i))
		}
		other.send("0/d-more,")
		other.expect(`4/d-more,{"message":"Too many namespaces"}`)
		if round%2 == 0 {
			w.gone()
		} else {
			for _, i := range shuffled(names(p)) {
				w.send("1" + i + ",")
			}
		}
		eventually(t, "they have gone", func() bool { return len(p.Children()) == 0 })
	}
}

// Children are the right ones whatever the order in which they go.
func TestChildrenComeAndGo(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 50})
	a, b := s.OfRegexp(regexp.MustCompile(`^/a`)), s.OfRegexp(regexp.MustCompile(`^/b`))
	w := s.client(t)
	there := make(map[string]bool)
	for round := range 6 {
		for i := range 40 {
			name := fmt.Sprintf("/%c%d", 'a'+i%2, i)
			if (i*7+round)%3 == 0 == there[name] {
				continue
			}
			if there[name] {
				w.send("1" + name + ",")
				delete(there, name)
			} else {
				w.join(name)
				there[name] = true
			}
		}
		eventually(t, "the children are those with members", func() bool {
			var want []string
			for name := range there {
				want = append(want, name)
			}
			slices.Sort(want)
			return slices.Equal(append(names(a), names(b)...), want)
		})
	}
}

// One client comes and goes in a hurry while others are at home.
func TestNamespaceThatFlips(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 3})
	p := s.OfRegexp(anyRoom)
	socketio.OnCall(p, "who", func(_ ctx, so socket, _ socketio.None) (string, error) { return so.Namespace().Name(), nil })
	var all sync.WaitGroup
	for i := range 4 {
		w := s.client(t)
		all.Go(func() {
			name := fmt.Sprint("/d", i%2)
			for n := range 200 {
				w.send("0" + name + ",")
				if got := w.next(); len(got) < 8 || got[:1] != "0" {
					t.Error(got)
					return
				}
				if n%3 == 0 {
					w.send("2" + name + `,1["who"]`)
					if got := w.next(); got != "3"+name+`,1["`+name+`"]` {
						t.Error(got)
						return
					}
				}
				w.send("1" + name + ",")
			}
		})
	}
	all.Wait()
	eventually(t, "nothing is left", func() bool { return len(p.Children()) == 0 })
	w := s.client(t)
	for i := range 3 {
		w.join(fmt.Sprint("/d", i))
	}
}

// What the last handlers emit to their namespace reaches who has come meanwhile.
func TestNamespaceStaysForItsLastHandlers(t *testing.T) {
	s := start(t, socketio.Options{})
	p := s.OfRegexp(anyRoom)
	hold, entered := make(chan struct{}), make(chan struct{})
	p.OnDisconnect(func(so socket, _ socketio.Reason) {
		close(entered)
		<-hold
		if err := so.Namespace().Emit("left"); err != nil {
			t.Error(err)
		}
	})
	old, fresh := s.client(t), s.client(t)
	old.join("/d")
	old.send("1/d,")
	receive(t, entered)
	fresh.join("/d")
	close(hold)
	fresh.expect(`2/d,["left"]`)
}

func TestNamespacesOfTheApplicationStay(t *testing.T) {
	s := start(t, socketio.Options{MaxDynamicNamespaces: 1})
	p := s.OfRegexp(anyRoom)
	mine := s.Of("/d-mine")
	w := s.client(t)
	w.join("/d-mine")
	w.join("/d-theirs") // the application's doesn't count
	w.send("0/d-more,")
	w.expect(`4/d-more,{"message":"Too many namespaces"}`)
	w.send("1/d-mine,", "1/d-theirs,")
	eventually(t, "one is left", func() bool { return slices.Equal(names(p), []string{"/d-mine"}) })
	if s.Of("/d-mine") != mine {
		t.Error("another one")
	}
	w.join("/d-more")
}

// Who may come back finds the namespace, and after that time it goes.
func TestRecoveryKeepsDynamicNamespaces(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{}))
	p := s.OfRegexp(anyRoom)
	w, me, _ := s.enter(t, "/d", seat{}, "")
	ns := p.Children()[0]
	if err := ns.Emit("x", "one"); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	w.gone()
	eventually(t, "the socket is gone", func() bool { return ns.CountLocalSockets() == 0 })
	if err := p.All().Emit("x", "missed"); err != nil {
		t.Fatal(err)
	}
	w, back, missed := s.enter(t, "/d", me, "")
	if back.sid != me.sid || !slices.Equal(texts(t, missed), []string{"missed"}) {
		t.Error(back, me, missed)
	}
	w.send("1/d,") // by choice
	eventually(t, "it has gone", func() bool { return len(p.Children()) == 0 })
}

func TestRecoveryLetsDynamicNamespacesGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := virtual(t, recovering(socketio.RecoveryOptions{Duration: time.Minute}))
		p := s.OfFunc(func(context.Context, string, *socketio.Handshake) bool { return true })
		w.join("/d")
		w.gone()
		synctest.Wait()
		time.Sleep(50 * time.Second)
		if n := len(p.Children()); n != 1 {
			t.Error(n, "children while a client may come back")
		}
		time.Sleep(30 * time.Second)
		if n := len(p.Children()); n != 0 {
			t.Error(n, "children")
		}
	})
}

// Who is away takes no namespace from who is there.
func TestNamespacesOfThoseAwayGiveWay(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	o.MaxDynamicNamespaces = 2
	s := start(t, o)
	p := s.OfRegexp(anyRoom)
	for _, name := range []string{"/d1", "/d2"} {
		w := s.dial(t)
		w.join(name)
		w.gone()
	}
	eventually(t, "both are away", func() bool { return p.All().CountLocalSockets() == 0 })
	w := s.dial(t)
	eventually(t, "a new one is made", func() bool {
		w.send("0/d3,")
		return strings.HasPrefix(w.next(), "0")
	})
	if n := len(p.Children()); n != 2 {
		t.Error(n, "children")
	}
	s.dial(t).join("/d4")
	if got := names(p); !slices.Equal(got, []string{"/d3", "/d4"}) {
		t.Error(got)
	}
	w.send("0/d5,")
	w.expect(`4/d5,{"message":"Too many namespaces"}`)
}

// Sessions that wait have limits for their rooms too.
func TestRoomsOfWaitingSessions(t *testing.T) {
	s := start(t, recovering(socketio.RecoveryOptions{MaxBytes: 1000}))
	ns := s.Of("/")
	var seats []seat
	for i := range 3 {
		w, me, _ := s.enter(t, "/", seat{}, "")
		so, _ := ns.Socket(me.sid)
		for n := range 10 {
			if err := so.Join(fmt.Sprint("room ", i, n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := so.Emit("x", "y"); err != nil {
			t.Fatal(err)
		}
		me.offset = offsetOf(t, w.next())
		s.lost(t, "/", w, me.sid)
		seats = append(seats, me)
	}
	eventually(t, "the oldest is forgotten", func() bool { return socketio.Sessions(ns) == 2 })
	for i, me := range slices.Backward(seats) {
		if _, back, _ := s.enter(t, "/", me, ""); (back.sid == me.sid) != (i > 0) {
			t.Error(i, back, me)
		}
	}
}

// A session whose rooms the connection can't hold isn't recovered.
func TestRecoveryWithinTheMemoryOfAConnection(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{})
	o.MaxMemory = 20_000
	s := start(t, o)
	var seats []seat
	for i := range 3 {
		name := fmt.Sprint("/n", i)
		ns := s.Of(name)
		w, me, _ := s.enter(t, name, seat{}, "")
		so, _ := ns.Socket(me.sid)
		for n := range 20 {
			if err := so.Join(fmt.Sprint("room ", n)); err != nil {
				t.Fatal(err)
			}
		}
		if err := so.Emit("x", "y"); err != nil {
			t.Fatal(err)
		}
		me.offset = offsetOf(t, w.next())
		s.lost(t, name, w, me.sid)
		seats = append(seats, me)
	}
	w := s.dial(t)
	for i, me := range seats {
		now, _ := w.claim(fmt.Sprint("/n", i), me, "")
		if recovered := now.sid == me.sid; recovered != (i < 2) {
			t.Error(i, recovered)
		}
	}
	if _, now, _ := s.enter(t, "/n2", seats[2], ""); now.sid != seats[2].sid {
		// on a connection of its own it is
		t.Error("not recovered")
	}
}

// Another server still has a namespace that has gone here.
func TestNamespaceThatIsElsewhere(t *testing.T) {
	bus := new(socketio.MemoryBus)
	here, there := start(t, socketio.Options{Bus: bus.Node()}), start(t, socketio.Options{Bus: bus.Node()})
	p := here.OfRegexp(anyRoom)
	there.OfRegexp(anyRoom)
	a, b := here.client(t), there.client(t)
	b.join("/d")
	for range 2 {
		a.join("/d")
		a.send("1/d,")
		eventually(t, "it has gone", func() bool { return len(p.Children()) == 0 })
		n, err := there.Of("/d").CountSockets(t.Context())
		if n != 1 || err != nil {
			t.Error(n, err)
		}
		a.join("/d")
		if err := there.Of("/d").Emit("x"); err != nil {
			t.Error(err)
		}
		a.expect(`2/d,["x"]`)
		b.expect(`2/d,["x"]`)
		a.send("1/d,")
		eventually(t, "it has gone again", func() bool { return len(p.Children()) == 0 })
	}
}
