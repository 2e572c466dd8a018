package socketio_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// A member is a client and its socket on the server.
type member struct {
	*wire
	so socket
}

func (s *server) member(t *testing.T, rooms ...string) member {
	t.Helper()
	w := s.dial(t)
	so, ok := s.Of("/").Socket(w.join("/"))
	if !ok {
		t.Fatal("not listed")
	}
	if err := so.Join(rooms...); err != nil {
		t.Fatal(err)
	}
	return member{w, so}
}

func TestTargets(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	members := []member{s.member(t, "a"), s.member(t, "a", "b"), s.member(t, "b"), s.member(t)}
	me, ids := members[0].so, []string{}
	for _, m := range members {
		ids = append(ids, m.so.ID())
	}
	toB := ns.To("b")
	for _, c := range []struct {
		name   string
		target socketio.Emitter
		want   string // the members that get it
	}{
		{"namespace", ns, "0123"},
		{"room", ns.To("a"), "01"},
		{"rooms, once each", ns.To("a", "b"), "012"},
		{"rooms in steps", ns.To("a").To("b"), "012"},
		{"the room of an id", ns.To(ids[3]), "3"},
		{"an id and its room", ns.To("a", ids[0], ids[2]), "012"},
		{"no room at all", ns.To(), ""},
		{"an empty room", ns.To("none"), ""},
		{"except a room", ns.Except("b"), "03"},
		{"except an id", ns.Except(ids[0]), "123"},
		{"room except room", ns.To("a").Except("b"), "0"},
		{"rooms except room and id", ns.To("a", "b").Except("none", ids[1]), "02"},
		{"sender's room", me.To("a"), "1"},
		{"sender's own id", me.To(ids[0]), ""},
		{"broadcast", me.Broadcast(), "123"},
		{"sender's except", me.Except("b"), "3"},
		{"local", ns.Local().To("b"), "12"},
		{"sender's local", me.Broadcast().Local(), "123"},
		{"uncompressed", ns.Uncompressed(), "0123"},
		{"socket", me, "0"},
		{"socket, uncompressed", me.Uncompressed(), "0"},
		{"from a volatile socket to others", me.Uncompressed().To("a"), "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_ = toB.To("a").Except("b") // leaves toB as it is
			if err := socketio.NewEvent[string]("x").Emit(c.target, c.name); err != nil {
				t.Fatal(err)
			}
			got := ""
			for i, m := range members {
				m.send(`299["echo"]`)
				for p := m.next(); p != `399[]`; p = m.next() {
					if p != `2["x",`+fmt.Sprintf("%q", c.name)+`]` {
						t.Fatal(p)
					}
					got += fmt.Sprint(i)
				}
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
	t.Run("a target is reusable", func(t *testing.T) {
		for range 2 {
			if err := toB.Emit("y", []byte("b")); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			members[1].expect(`51-["y",{"_placeholder":true,"num":0}]`, "b:b")
		}
		members[0].settled()
	})
}

func TestOtherNamespaces(t *testing.T) {
	s := start(t, socketio.Options{})
	echo(s.Of("/other"))
	w := s.client(t)
	w.join("/other")
	for so := range s.Of("/other").Sockets() {
		if err := so.Join("r"); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Of("/").To("r").Emit("x"); err != nil {
		t.Fatal(err)
	}
	w.send(`2/other,1["echo"]`)
	w.expect(`3/other,1[]`)
}

func TestRooms(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	after := make(chan []string, 1)
	ns.OnDisconnect(func(so socket, _ socketio.Reason) {
		if ns.CountLocalSockets() != 0 || socketio.RoomCount(ns) != 0 {
			t.Error("still listed")
		}
		after <- so.Rooms()
	})
	m := s.member(t, "a", "b", "a")
	want := []string{m.so.ID(), "a", "b"}
	if got := m.so.Rooms(); !slices.Equal(got, want) {
		t.Fatal(got)
	}
	if err := m.so.Join(m.so.ID()); err != nil {
		t.Fatal(err)
	}
	m.so.Leave("a", "unknown", m.so.ID())
	if got := m.so.Rooms(); !slices.Equal(got, []string{m.so.ID(), "b"}) || socketio.RoomCount(ns) != 1 {
		t.Fatal(got, socketio.RoomCount(ns))
	}
	m.send("1")
	if got := receive(t, after); !slices.Equal(got, []string{m.so.ID(), "b"}) {
		t.Error("rooms that it was in:", got)
	}
	if err := m.so.Join("late"); err != socketio.ErrClosed {
		t.Error(err)
	}
	m.so.Leave("b")
	if n := socketio.RoomCount(ns); n != 0 {
		t.Error(n, "rooms are left")
	}
}

func TestBroadcastIsEncodedOnce(t *testing.T) {
	s := start(t, socketio.Options{})
	members := []member{s.member(t), s.member(t), s.member(t)}
	c := &counted{}
	if err := s.Of("/").Emit("x", c); err != nil {
		t.Fatal(err)
	}
	for _, m := range members {
		m.expect(`2["x",1]`)
	}
}

type counted struct{ n int }

func (c *counted) MarshalJSON() ([]byte, error) {
	c.n++
	return fmt.Append(nil, c.n), nil
}

// A room of one is its name, its list and a seat, which two maps know.
func TestRoomOfOneTakesLittle(t *testing.T) {
	s := start(t, socketio.Options{})
	const members, each, most = 50, 1000, 220
	alive := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	var all []member
	for range members {
		all = append(all, s.member(t))
	}
	before := alive()
	for i, m := range all {
		for j := range each {
			if err := m.so.Join(fmt.Sprintf("%d-%d", i, j)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if took := (alive() - before) / (members * each); took > most {
		t.Errorf("a room takes %d bytes, want at most %d", took, most)
	}
	runtime.KeepAlive(all)
}
