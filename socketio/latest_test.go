package socketio_test

import (
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func TestLatest(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	var so socket
	for so = range ns.Sockets() {
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// Nobody is polling: of each slot the newest waits, where it came. Regular events all wait.
	must(ns.Volatile().Emit("x", 1))
	must(ns.Emit("regular", 1))
	must(so.Volatile().Emit("x", 2))
	must(ns.Latest("a").Emit("a", 1))
	must(so.Latest("b").Emit("b", 1))
	must(ns.Emit("regular", 2))
	must(ns.Latest("a").Emit("a", 2))
	must(so.Volatile().Emit("bin", []byte("b")))
	want := `42["regular",1]` + "\x1e" + `42["b",1]` + "\x1e" + `42["regular",2]` + "\x1e" + `42["a",2]` + "\x1e" + `451-["bin",{"_placeholder":true,"num":0}]` + "\x1ebYg=="
	if got := request("GET", ""); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if n := s.Dropped(); n != 3 {
		t.Error(n, "dropped")
	}
	so.CloseConnection()
	eventually(t, "it has ended", func() bool { return !so.Connected() })
	if err := so.Volatile().Emit("x"); err != socketio.ErrClosed {
		t.Error(err)
	}
}
