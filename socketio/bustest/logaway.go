package bustest

import (
	"errors"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// testLogAway takes the broker away while servers talk and clients come back.
func testLogAway(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b")
	stop, begin := r.outage()
	a, b := nodes[0], nodes[1]
	v, w := a.travel("/"), b.travel("/")
	r.must(a.Emit("x"))
	v.Expect("x")
	w.Expect("x")
	w.lose()
	stop()
	a.away()
	b.away()
	const count = 500
	r.within("sending without a log", func() error {
		for i := range count {
			_ = errors.Join(a.Emit("n", i), a.Local().Emit("local", i), a.Volatile().Emit("volatile", i))
		}
		return nil
	})
	for i := range count {
		for _, name := range []string{"n", "local"} {
			e := v.Next()
			for e.Name == "volatile" { // a newer one may stand for it
				e = v.Next()
			}
			at := -1
			r.must(e.Args.Decode(0, &at))
			if e.Name != name || at != i {
				r.Fatalf("got %s, want %s %d", e, name, i)
			}
		}
	}
	r.within("coming back without a log", func() error { w.begins(b, "the log is away"); return nil })
	v.lose()
	r.within("coming back without a log", func() error { v.begins(b, "the log is away"); return nil })
	begin()
	r.settle()
	r.must(a.Emit("end"))
	for v.Next().Name != "end" {
	}
	v.note()
	r.must(a.Emit("y", 1))
	v.Expect("y", 1)
	v.lose()
	r.must(b.Emit("y", 2))
	v.arrives(a)
	v.Expect("y", 2)
}

// testTooLate comes back too late.
func testTooLate(r *rig) {
	const keep = time.Second
	nodes := r.keepers(socketio.RecoveryOptions{Duration: keep, RestorePartial: true}, "a", "b")
	a, b := nodes[0], nodes[1]
	v := a.travel("/")
	r.must(b.Emit("x"))
	v.Expect("x")
	v.lose()
	time.Sleep(3 * keep)
	v.begins(b, "its time was over")
	if so, _ := b.Socket(v.id); so.Recovery() != socketio.RecoveryNone {
		r.Errorf("recovery %s", so.Recovery())
	}
}
