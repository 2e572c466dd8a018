package socketio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

const unknown = `{"code":1,"message":"Session ID unknown"}`

func TestAnyServer(t *testing.T) { overBuses(t, testAnyServer) }

func testAnyServer(t *testing.T, node joint) {
	f := newFleet(t, 3, socketio.Options{}, node)
	s := f.open(0, "EIO=4").join(1)
	if len(s.sid) != 20 {
		t.Errorf("the id %q hasn't 20 characters", s.sid)
	}
	if a := s.do(2, "POST", `420["echo",1]`); a.body != "ok" || a.close {
		t.Errorf("POST: %v, closed %t", a, a.close)
	}
	if a := s.do(1, "GET", ""); a.body != `430[1]` {
		t.Errorf("GET: %v", a)
	}
	// A poll that waits at one server is answered by an event that another one got.
	poll := s.later(1, "GET", "")
	s.do(2, "POST", `421["echo",2]`)
	if a := poll(); a.body != `431[2]` {
		t.Errorf("poll: %v", a)
	}
	// Polling meanwhile is released for the upgrade, and then the WebSocket has it all.
	poll = s.later(0, "GET", "")
	conn := s.dial(2)
	if a := poll(); a.body != "6" {
		t.Errorf("the poll during the upgrade: %v", a)
	}
	s.write(conn, "5")
	s.write(conn, `422["echo",3]`)
	if got := s.read(conn); got != `432[3]` {
		t.Errorf("echo over WebSocket: %q", got)
	}
	big := strings.Repeat("x", 900_000)
	s.write(conn, `423["echo","`+big+`"]`)
	if got := s.read(conn); got != `433["`+big+`"]` {
		t.Errorf("a large echo has %d bytes", len(got))
	}
	if a := s.do(1, "GET", ""); a.status != 400 || !strings.Contains(a.body, "Bad request") {
		t.Errorf("a poll beside the WebSocket: %v", a)
	}
	conn.CloseNow()
	eventually(t, "the end of the session", func() bool { return f.servers[0].CountConnections() == 0 })
}

// Many sessions at a time, each request at the next server.
func TestAnyServerStorm(t *testing.T) {
	f := newFleet(t, 3, socketio.Options{}, overMemory())
	for i := range 20 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			one := *f
			one.t = t
			s := (&session{fleet: &one, query: "EIO=4"}).begin()
			s.do(next, "POST", "40")
			s.do(next, "GET", "")
			for n := range 20 {
				s.do(next, "POST", fmt.Sprintf(`42%d["echo",%d]`, n, i))
				if a := s.do(next, "GET", ""); a.body != fmt.Sprintf("43%d[%d]", n, i) {
					t.Fatalf("%d: %v", n, a)
				}
			}
			conn := s.dial(next)
			s.write(conn, "5")
			for n := range 20 {
				s.write(conn, fmt.Sprintf(`42%d["echo",%d]`, n, i))
				if got := s.read(conn); got != fmt.Sprintf("43%d[%d]", n, i) {
					t.Fatalf("%d: %q", n, got)
				}
			}
			conn.CloseNow()
		})
	}
	t.Cleanup(func() {
		for _, s := range f.servers {
			eventually(t, "no tunnels", func() bool { return socketio.Tunnels(s) == 0 })
			eventually(t, "no sessions", func() bool { return s.CountConnections() == 0 })
		}
	})
}

func TestTooManyTunnels(t *testing.T) {
	for _, full := range []int{0, 1} { // the owner, and the one that forwards
		f := newFleet(t, 2, socketio.Options{}, overMemory())
		socketio.LimitTunnels(f.servers[full], 1)
		s, other := f.open(0, "EIO=4").join(1), f.open(0, "EIO=4").join(1)
		poll := s.later(1, "GET", "")
		eventually(t, "a tunnel", func() bool { return socketio.Tunnels(f.servers[full]) == 1 })
		if a := other.do(1, "POST", `420["echo",1]`); a.status != 502 {
			t.Errorf("one too many: %v", a)
		}
		s.do(0, "POST", `420["echo",1]`)
		if a := poll(); a.body != "430[1]" {
			t.Errorf("the first: %v", a)
		}
		eventually(t, "room", func() bool { return socketio.Tunnels(f.servers[full]) == 0 })
		if a := other.do(1, "POST", `420["echo",1]`); a.body != "ok" {
			t.Errorf("when there is room: %v", a)
		}
	}
}
