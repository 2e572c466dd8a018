package socketio_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func TestOperationsOnTargets(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	name := socketio.NewKey[string]("name")
	members := []member{s.member(t, "a"), s.member(t, "a", "b"), s.member(t)}
	for i, m := range members {
		name.Set(m.so, fmt.Sprint("member ", i))
	}

	infos, err := ns.To("a").FetchSockets(t.Context())
	if err != nil || len(infos) != 2 {
		t.Fatal(infos, err)
	}
	i := slices.IndexFunc(infos, func(i socketio.SocketInfo) bool { return i.ID == members[1].so.ID() })
	if data, ok := name.In(infos[i]); !ok || data != "member 1" {
		t.Error(data, ok)
	}
	if !slices.Equal(infos[i].Rooms, []string{members[1].so.ID(), "a", "b"}) || infos[i].Handshake.Query().Get("EIO") != "4" {
		t.Error(infos[i])
	}
	if err := ns.To("a").Except("b").SocketsJoin("c", "d"); err != nil {
		t.Fatal(err)
	}
	if err := ns.SocketsLeave("a", "d"); err != nil {
		t.Fatal(err)
	}
	if got := ns.Rooms(); !slices.Equal(got, []string{"b", "c"}) {
		t.Error(got)
	}
	for i, n := range []int{ns.To("c").CountLocalSockets(), ns.To("b", "c").CountLocalSockets(), ns.Except("b").CountLocalSockets(), ns.To("none").CountLocalSockets(), members[0].so.Broadcast().CountLocalSockets(), members[0].so.Uncompressed().CountLocalSockets()} {
		if want := []int{1, 2, 2, 0, 2, 1}[i]; n != want {
			t.Errorf("count %d is %d, want %d", i, n, want)
		}
	}
	// A disconnect never overtakes what was emitted before, even though broadcasts may wait for
	// others.
	for i := range 100 {
		if err := ns.To("c", "b").Emit("x", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := ns.To("b", "c").DisconnectSockets(); err != nil {
		t.Fatal(err)
	}
	for _, m := range members[:2] {
		for i := range 100 {
			m.expect(fmt.Sprintf(`2["x",%d]`, i))
		}
		m.expect("1")
	}
	if err := ns.CloseConnections(); err != nil {
		t.Fatal(err)
	}
	members[2].expect("1", closed)
	if ns.CountLocalSockets() != 0 || len(ns.Rooms()) != 0 {
		t.Error(ns.CountLocalSockets(), ns.Rooms())
	}
}

func TestRoomEvents(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	events := make(chan string, 100)
	ns.OnRoom(func(e socketio.RoomEvent) {
		events <- fmt.Sprint(e.Kind, " ", e.Room)
		if e.Room == "bad" {
			panic("a hook that panics")
		}
		if so, ok := e.Namespace.Socket(e.ID); ok && e.Kind == socketio.RoomJoined && e.Room == "a" {
			if err := so.Join("b"); err != nil {
				t.Error(err)
			}
		}
	})
	expect := func(want ...string) {
		t.Helper()
		for _, w := range want {
			if got := receive(t, events); got != w {
				t.Fatalf("got %q, want %q", got, w)
			}
		}
	}
	one, two := s.member(t, "bad"), s.member(t)
	expect("created bad", "joined bad")
	if err := one.so.Join("a", "a"); err != nil {
		t.Fatal(err)
	}
	expect("created a", "joined a", "created b", "joined b")
	if err := two.so.Join("b"); err != nil {
		t.Fatal(err)
	}
	expect("joined b")
	two.so.Leave("b", "none")
	expect("left b")
	one.gone()
	expect("left bad", "deleted bad", "left a", "deleted a", "left b", "deleted b")
}

// Values that came from another server as JSON are decoded.
func TestKeyIn(t *testing.T) {
	name := socketio.NewKey[string]("name")
	args, err := socketio.ArgsOf("kim")
	if err != nil {
		t.Fatal(err)
	}
	for data, want := range map[any]string{"lee": "lee", 5: "", nil: ""} {
		if v, ok := name.In(socketio.SocketInfo{Data: map[string]any{"name": data}}); v != want || ok != (want != "") {
			t.Error(data, v, ok)
		}
	}
	if v, ok := name.In(socketio.SocketInfo{Data: map[string]any{"name": args}}); v != "kim" || !ok {
		t.Error(v, ok)
	}
}
