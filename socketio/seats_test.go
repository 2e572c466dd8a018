package socketio_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// What a join or a leave costs doesn't depend on how many rooms the socket is in: otherwise this
// takes minutes.
func TestManyRooms(t *testing.T) {
	const many = 60_000
	s := start(t, socketio.Options{MaxRooms: -1})
	ns := s.Of("/")
	m := s.member(t)
	names := make([]string, many)
	for i := range names {
		names[i] = fmt.Sprint("room ", i)
	}
	for name, order := range map[string]func() []string{
		"first":  func() []string { return names },
		"last":   func() []string { names := slices.Clone(names); slices.Reverse(names); return names },
		"random": func() []string { return shuffled(names) },
	} {
		t.Run("the "+name+" leaves", func(t *testing.T) {
			for _, room := range names[:many/2] {
				if err := m.so.Join(room); err != nil {
					t.Fatal(err)
				}
			}
			if err := m.so.Join(names[many/3:]...); err != nil {
				t.Fatal(err)
			}
			if got := m.so.Rooms(); !slices.Equal(got[1:], names) {
				t.Error(len(got), "rooms, or another order")
			}
			for _, room := range order() {
				m.so.Leave(room)
			}
			if got := len(m.so.Rooms()); got != 1 || socketio.RoomCount(ns) != 0 {
				t.Error(got, socketio.RoomCount(ns))
			}
		})
	}
	if err := m.so.Join(names...); err != nil {
		t.Fatal(err)
	}
	m.gone()
	eventually(t, "all are empty", func() bool { return socketio.RoomCount(ns) == 0 })
	if got := len(m.so.Rooms()); got != many+1 {
		t.Error("rooms that it was in:", got)
	}
}

func shuffled(list []string) []string {
	list = slices.Clone(list)
	rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	return list
}

// Rooms lists rooms in the order of joining, whatever was left in between.
func TestRoomsKeepTheirOrder(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	m, other := s.member(t), s.member(t)
	seed := rand.Uint64()
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	before, _ := held(m.so)
	var want []string
	for step := range 20_000 {
		name := fmt.Sprint("r", r.IntN(60))
		at := slices.Index(want, name)
		// The number of rooms goes up and down between none and all.
		if join := r.IntN(2000) < 1000+900*(1-2*(step/2500%2)); join {
			if err := m.so.Join(name); err != nil {
				t.Fatal(err)
			}
			if at < 0 {
				want = append(want, name)
			}
		} else {
			m.so.Leave(name)
			if at >= 0 {
				want = slices.Delete(want, at, at+1)
			}
		}
		if step%100 == 0 {
			if err := other.so.Join(name); err != nil {
				t.Fatal(err)
			}
		}
		if got := m.so.Rooms(); !slices.Equal(got[1:], want) {
			t.Fatalf("step %d: %q, want %q", step, got[1:], want)
		}
	}
	for i := range 60 {
		name := fmt.Sprint("r", i)
		count := 0
		for _, so := range []socket{m.so, other.so} {
			if slices.Contains(so.Rooms(), name) {
				count++
			}
		}
		if n := ns.To(name).CountLocalSockets(); n != count {
			t.Errorf("%s has %d members, want %d", name, n, count)
		}
	}
	m.so.Leave(m.so.Rooms()...)
	if after, _ := held(m.so); after != before {
		t.Errorf("%d bytes are counted, %d before", after, before)
	}
}

func held(so socket) (fixed, queued int) {
	queued, fixed = socketio.Held(so)
	return fixed, queued
}

// Join beyond the limit joins nothing.
func TestMaxRooms(t *testing.T) {
	s := start(t, socketio.Options{MaxRooms: 3})
	ns := s.Of("/")
	var events atomic.Int32
	m := s.member(t, "a", "b")
	ns.OnRoom(func(socketio.RoomEvent) { events.Add(1) })
	fixed, _ := held(m.so)
	for _, rooms := range [][]string{{"c", "d"}, {"a", "c", "c", "d"}, {m.so.ID(), "c", "d", "e"}} {
		if err := m.so.Join(rooms...); !errors.Is(err, socketio.ErrTooManyRooms) {
			t.Error(rooms, err)
		}
	}
	if got := m.so.Rooms(); len(got) != 3 || socketio.RoomCount(ns) != 2 || events.Load() != 0 {
		t.Error(got, socketio.RoomCount(ns), events.Load())
	}
	if now, _ := held(m.so); now != fixed {
		t.Errorf("%d bytes are counted, %d before", now, fixed)
	}
	if err := m.so.Join("b", m.so.ID(), "c", "c", "a"); err != nil {
		t.Error(err)
	}
	if err := m.so.Join("d"); !errors.Is(err, socketio.ErrTooManyRooms) {
		t.Error(err)
	}
	if err := m.so.Join("a"); err != nil { // it is in there
		t.Error(err)
	}
	m.so.Leave("a")
	if err := m.so.Join("d"); err != nil {
		t.Error(err)
	}
	if now, _ := held(m.so); now != fixed+socketio.SeatCost+1 {
		t.Errorf("%d bytes are counted, %d before", now, fixed)
	}
	if got := m.so.Rooms(); !slices.Equal(got[1:], []string{"b", "c", "d"}) {
		t.Error(got)
	}
	if socketio.DefaultMaxRooms != 10_000 {
		t.Error(socketio.DefaultMaxRooms)
	}
}

// Whoever joins at the same time, the limit holds and nothing is lost.
func TestMaxRoomsAtOnce(t *testing.T) {
	const most = 100
	s := start(t, socketio.Options{MaxRooms: most})
	m := s.member(t)
	fixed, _ := held(m.so)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			for i := range 300 {
				rooms := []string{fmt.Sprint(i % 150), fmt.Sprint("g", g, " ", i%7), "all"}
				if err := m.so.Join(rooms[:1+i%3]...); err != nil && !errors.Is(err, socketio.ErrTooManyRooms) {
					t.Error(err)
				}
				if n := len(m.so.Rooms()); n > most+1 {
					t.Error(n, "rooms")
				}
				if i%5 == 0 {
					m.so.Leave(rooms...)
				}
			}
		})
	}
	all.Wait()
	m.so.Leave(m.so.Rooms()...)
	if now, _ := held(m.so); now != fixed {
		t.Errorf("%d bytes are counted, %d before", now, fixed)
	}
	for i := range most {
		if err := m.so.Join(fmt.Sprint("again ", i)); err != nil {
			t.Fatal(i, err)
		}
	}
}

func TestSocketsJoinBeyondMaxRooms(t *testing.T) {
	bus := new(socketio.MemoryBus)
	s := start(t, socketio.Options{MaxRooms: 2, Bus: bus.Node()})
	far := start(t, socketio.Options{MaxRooms: 2, Bus: bus.Node()})
	full, free := s.member(t, "a", "b"), s.member(t, "a")
	away, awayFull := far.member(t), far.member(t, "c", "d")
	if err := s.Of("/").SocketsJoin("x"); !errors.Is(err, socketio.ErrTooManyRooms) {
		t.Error(err)
	}
	if len(full.so.Rooms()) != 3 || !slices.Equal(free.so.Rooms()[1:], []string{"a", "x"}) {
		t.Error(full.so.Rooms(), free.so.Rooms())
	}
	eventually(t, "the other server's has joined", func() bool { return len(away.so.Rooms()) == 2 })
	if err := s.Of("/").To("x").SocketsJoin("x"); err != nil || len(awayFull.so.Rooms()) != 3 {
		t.Error(err, awayFull.so.Rooms())
	}
}

// A client that comes back gets all rooms that it had, and its middleware none beyond the limit.
func TestMaxRoomsOfARecoveredSocket(t *testing.T) {
	o := recovering(socketio.RecoveryOptions{RunMiddlewareOnRecovery: true})
	o.MaxRooms = 3
	s := start(t, o)
	ns := s.Of("/")
	errs := make(chan error, 10)
	ns.Use(func(_ ctx, so socket) error {
		if so.Recovery() == socketio.RecoveryFull {
			errs <- so.Join("b")
			errs <- so.Join("one more")
			errs <- so.Join("two more")
		}
		return nil
	})
	w, me, _ := s.enter(t, "/", seat{}, "")
	so, _ := ns.Socket(me.sid)
	if err := errors.Join(so.Join("a", "b"), ns.Emit("x", "y")); err != nil {
		t.Fatal(err)
	}
	me.offset = offsetOf(t, w.next())
	s.lost(t, "/", w, me.sid)
	_, back, _ := s.enter(t, "/", me, "")
	if back.sid != me.sid {
		t.Fatal("not recovered")
	}
	if one, two, three := <-errs, <-errs, <-errs; one != nil || !errors.Is(two, socketio.ErrTooManyRooms) || !errors.Is(three, socketio.ErrTooManyRooms) {
		// a place is kept for each room of the session, whether the middleware names it or not
		t.Error(one, two, three)
	}
	so, _ = ns.Socket(me.sid)
	if got := so.Rooms(); !slices.Equal(got[1:], []string{"b", "a"}) {
		t.Error(got)
	}
	so.Leave("b")
	if err := so.Join("c", "d"); err != nil {
		t.Error(err)
	}
}

// A client that joins too much is told, and the log isn't filled.
func TestTooManyRoomsAsAnAnswer(t *testing.T) {
	logs := make(chan error, 10)
	s := start(t, socketio.Options{MaxRooms: 1, MaxMemory: 20_000, OnError: func(_ ctx, _ socket, _ string, err error) { logs <- err }})
	socketio.On(s.Of("/"), "join", func(_ ctx, so socket, room string) error { return so.Join(room) })
	w := s.client(t)
	long := strings.Repeat("x", 20_000)
	w.send(`21["join","a"]`, `22["join","b"]`)
	w.expect(`31[]`, `32[{"error":{"code":"too_many_rooms","message":"too many rooms"}}]`)
	w = s.client(t)
	w.send(fmt.Sprintf(`21["join",%q]`, long))
	w.expect(`31[{"error":{"code":"too_many_rooms","message":"too many rooms"}}]`)
	if err := receive(t, logs); !errors.Is(err, socketio.ErrTooManyRooms) || !strings.Contains(err.Error(), "MaxMemory") {
		t.Error(err)
	}
	if len(logs) > 0 {
		t.Error(<-logs)
	}
}
