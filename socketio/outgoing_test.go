package socketio_test

import (
	"context"
	"fmt"
	"regexp"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

func TestOnAnyOutgoing(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	seen := make(chan string, 64)
	see := func(where string) func(socketio.Outgoing) {
		return func(o socketio.Outgoing) {
			if o.Name() == "panic" {
				panic(where)
			}
			a, err := o.Args()
			if err != nil {
				t.Error(err)
			}
			ns.CountLocalSockets() // under no lock of the library
			values, err := a.Values()
			seen <- fmt.Sprint(where, " ", o.Name(), values, err)
		}
	}
	expect := func(want ...string) {
		t.Helper()
		for _, w := range want {
			if got := receive(t, seen); got != w {
				t.Fatalf("saw %q, want %q", got, w)
			}
		}
	}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ns.OnAnyOutgoing(see("/"))
	ns.Use(func(_ ctx, so socket) error { return so.Emit("early") })
	socketio.OnCall(ns, "echo", func(_ ctx, _ socket, a socketio.Args) (socketio.Args, error) { return a, nil })
	w := s.dial(t)
	w.send("0")
	w.expect(`2["early"]`, `0{"sid":…`)
	other := s.dial(t)
	other.send("0")
	other.expect(`2["early"]`, `0{"sid":…`)
	expect("/ early[] <nil>", "/ early[] <nil>")
	var so socket
	for so = range ns.Sockets() {
		check(so.Join("r"))
	}

	check(so.Emit("one", 1, nil, []int{2}))
	check(socketio.NewEvent[point]("typed").Emit(so, point{X: 1}))
	check(ns.To("r").Emit("many", "x", []byte("b"))) // once for both
	check(so.Volatile().Emit("newest"))
	expect("/ one[1 <nil> [2]] <nil>", "/ typed[map[x:1]] <nil>", "/ many[x [98]] <nil>", "/ newest[] <nil>")
	c, cancel := context.WithCancel(t.Context())
	cancel()
	for range sum.AskAll(c, ns, []int{1, 2}) {
	}
	expect("/ sum[[1 2]] <nil>")
	c, cancel = context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() { _, err := so.Ask(c, "ask", 1); asked <- err }()
	expect("/ ask[1] <nil>")
	cancel()
	if err := receive(t, asked); err != context.Canceled {
		t.Error(err)
	}

	// What fails isn't seen, nor are acks, and one that panics holds up nothing.
	if ns.Emit("x", func() {}) == nil || ns.Emit("connect") == nil {
		t.Error("sent")
	}
	w.send(`21["echo",1]`)
	for w.next() != `31[1]` {
	}
	check(ns.Emit("panic"))
	w.expect(`2["panic"]`)
	if len(seen) != 0 {
		t.Error("saw", <-seen)
	}

	p := s.OfRegexp(regexp.MustCompile(`^/child-\d$`))
	p.OnAnyOutgoing(see("parent"))
	s.Of("/child-1").OnAnyOutgoing(see("child"))
	s.Of("/child-2")
	check(p.All().Emit("all"))
	expect("parent all[] <nil>", "child all[] <nil>", "parent all[] <nil>")
}
