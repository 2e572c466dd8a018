package bustest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// testMeanwhile cuts a server off again and again, also while it catches up: its clients, which
// stay connected, get all that the others have said.
func testMeanwhile(r *rig) {
	r.needs(r.CatchesUp && r.Cut != nil && r.Heal != nil, "bus that catches up, or no Cut and Heal")
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	senders, c := nodes[:2], nodes[2]
	v := c.travel("/")
	for _, n := range senders {
		r.must(n.Emit("first", n.Server.Name()))
		v.Next()
	}
	const rounds, each = 6, 100
	large := strings.Repeat("x한", 50_000)
	said := 0
	for round := range rounds {
		r.cut(c)
		if round == 0 {
			c.away()
		}
		for range each {
			for _, n := range senders {
				r.must(errors.Join(
					n.To("all").Emit(n.Server.Name(), said, []byte("binary")), n.To("elsewhere").Emit("elsewhere"),
				))
			}
			said++
		}
		r.must(senders[0].Emit("large", round, large))
		r.heal(c)
		time.Sleep(rand.N(200 * time.Millisecond))
	}
	r.settle()
	for _, n := range senders {
		r.must(n.Emit("end"))
	}
	next := make(map[string]int)
	for ends := 0; ends < len(senders); {
		e := v.Next()
		if e.Name == "end" {
			ends++
			continue
		}
		at := -1
		r.must(e.Args.Decode(0, &at))
		if at != next[e.Name] {
			r.Fatalf("after %d events %q comes %d", next[e.Name], e.Name, at)
		}
		next[e.Name]++
	}
	if got := fmt.Sprint(next); got != fmt.Sprint(map[string]int{"a": said, "b": said, "large": rounds}) {
		r.Errorf("of %d and %d came %s", said, rounds, got)
	}
}

// testMeanwhileFull cuts a server off that has caught up with as much as may wait for it: what it
// had taken isn't brought once more, and the rest comes.
func testMeanwhileFull(r *rig) {
	r.needs(r.CatchesUp && r.Cut != nil && r.Heal != nil, "bus that catches up, or no Cut and Heal")
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b")
	a, b := nodes[0], nodes[1]
	witness, v := a.travel("/"), b.travel("/")
	r.must(a.Emit("first"))
	witness.Expect("first")
	v.Expect("first")
	r.cut(b)
	b.away()
	next := func(name string, who *traveller) siotest.Event {
		e := who.Next()
		if e.Name != name {
			r.Fatalf("%q comes instead of %q", e.Name, name)
		}
		return e
	}
	const said = 80
	half := strings.Repeat("x", 1<<19)
	for i := range said {
		r.must(a.Emit("large", i, half))
		next("large", witness)
	}
	release := b.hold()
	r.heal(b)
	time.Sleep(2 * time.Second) // for as much as may wait; who comes too early sees nothing wrong
	r.cut(b)
	release()
	r.heal(b)
	r.settle()
	for i := range said {
		at := -1
		r.must(next("large", v).Args.Decode(0, &at))
		if at != i {
			r.Fatalf("after %d events comes %d", i, at)
		}
	}
}
