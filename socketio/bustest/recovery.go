package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

// testComeback moves a client from server to server.
func testComeback(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	a, b, c := nodes[0], nodes[1], nodes[2]
	for _, nsp := range []string{"/", "/한국어 *"} {
		x, y, z := a.Of(nsp), b.Of(nsp), c.Of(nsp)
		for _, n := range []*socketio.Namespace{x, y, z} {
			n.Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("room", "한 방") })
		}
		v := a.travel(nsp)
		witnesses := make(map[*node]*traveller)
		for _, n := range nodes {
			witnesses[n] = n.travel(nsp)
		}
		r.must(x.Emit("first", 1))
		v.Expect("first", 1)
		for round, at := range []*node{b, c, a, a} {
			v.lose()
			r.must(x.Emit("all", round))
			r.must(x.To("room").Emit("room", round, []byte("binary")))
			r.must(x.To("한 방", "room").Except("nobody").Emit("both", round))
			r.must(x.To("elsewhere").Emit("elsewhere"))
			r.must(x.Except("room").Emit("except"))
			r.must(x.Except(v.id).Emit("except it"))
			r.must(x.Volatile().Emit("volatile"))
			r.must(x.Latest("slot").Emit("latest"))
			r.must(x.To(v.id).Emit("it", round, "a text"))
			r.must(x.Emit("round", round))
			for w := witnesses[at]; ; { // what isn't kept has come to this server
				if e := w.Next(); e.Name == "round" && e.Args.String()[:2] == fmt.Sprint("[", round) {
					break
				}
			}
			v.arrives(at)
			v.Expect("all", round)
			v.Expect("room", round, []byte("binary"))
			v.Expect("both", round)
			v.Expect("it", round, "a text")
			v.Expect("round", round)
			r.must(z.Emit("live", round))
			v.Expect("live", round)
			so, _ := at.Of(nsp).Socket(v.id)
			if rooms := so.Rooms(); rooms[0] != v.id || !slices.Contains(rooms, "room") || !slices.Contains(rooms, "한 방") {
				r.Errorf("rooms %q", rooms)
			}
		}
		v.lose()
		for w := witnesses[b]; ; { // this server knows what the client knows
			if e := w.Next(); e.Name == "live" && e.Args.String() == "[3]" {
				break
			}
		}
		v.arrives(b) // having missed nothing
		r.must(y.Volatile().Emit("volatile", "a text"))
		v.Expect("volatile", "a text")
		for w := witnesses[c]; ; { // it has come to the next server, too
			if e := w.Next(); e.Name == "volatile" && e.Args.Len() == 1 {
				break
			}
		}
		v.lose()
		r.must(x.Emit("behind a volatile one"))
		v.arrives(c)
		v.Expect("behind a volatile one")
		v.leave()
		v.begins(a, "it left")
	}
}

// testFresh moves a client to a server that has sent nothing yet: what it sends that isn't kept
// doesn't take from the client what it knew.
func testFresh(r *rig) {
	a := r.keepers(socketio.RecoveryOptions{}, "a", "b")[0]
	v := a.travel("/")
	r.must(a.Emit("known"))
	v.Expect("known")
	v.lose()
	fresh := r.node("fresh")
	r.settle()
	v.arrives(fresh)
	so, _ := fresh.Socket(v.id)
	r.must(errors.Join(fresh.Volatile().Emit("to all", "a text"), so.Volatile().Emit("to it", "a text")))
	for v.Next().Name != "to it" { // the other one may be dropped
	}
	v.lose()
	r.must(a.Emit("missed"))
	v.arrives(a)
	next := v.Next()
	if next.Name == "to all" { // which isn't kept, and may reach this server only now
		next = v.Next()
	}
	if next.Name != "missed" {
		r.Fatalf("got %s, want missed", next)
	}
}

// testData has all that a client owns come back as it was.
func testData(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b")
	a, b := nodes[0], nodes[1]
	type profile struct {
		Name  string
		Photo []byte
	}
	user, none := socketio.NewKey[profile]("user 한국어"), socketio.NewKey[func()]("of this process alone")
	count, untouched := socketio.NewKey[int]("a.b$c"), socketio.NewKey[[]string]("untouched")
	v := a.travel("/")
	so, _ := a.Socket(v.id)
	user.Set(so, profile{"kim", []byte{0, 255}})
	count.Set(so, 3)
	none.Set(so, func() {})
	untouched.Set(so, []string{"x"})
	names := []string{"a", "a?", "*", "x y", strings.Repeat("방", 100)}
	r.must(so.Join(names...))
	r.must(a.Emit("x"))
	v.Expect("x")
	for _, n := range []*node{b, a} {
		v.lose()
		v.arrives(n)
		so, _ = n.Socket(v.id)
		if u, ok := user.Get(so); !ok || u.Name != "kim" || string(u.Photo) != "\x00\xff" {
			r.Errorf("the user is %v, %v", u, ok)
		}
		if i := count.Of(so); i != 3 {
			r.Errorf("the count is %d", i)
		}
		if _, ok := none.Get(so); ok {
			r.Error("a function came")
		}
		if rooms := so.Rooms(); !slices.Equal(rooms[1:], append([]string{"all", "a"}, names[1:]...)) {
			r.Errorf("rooms %q", rooms)
		}
	}
	if list := untouched.Of(so); !slices.Equal(list, []string{"x"}) {
		r.Errorf("a value that nobody asked for on the way is %q", list)
	}
}

// testOneOrder has servers talk at once and looks whether all clients hear the same.
func testOneOrder(r *rig) {
	const each = 500
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	clients := make([]*traveller, len(nodes))
	for i, n := range nodes {
		clients[i] = n.travel("/")
	}
	var senders sync.WaitGroup
	for _, n := range nodes {
		senders.Go(func() {
			so := slices.Collect(n.Sockets())[0]
			for i := range each {
				name := n.Server.Name()
				if err := errors.Join(n.Emit("n", name, i), so.Emit("own", i)); err != nil {
					r.Errorf("event %d: %v", i, err)
				}
			}
		})
	}
	var order []string
	for k, v := range clients {
		var heard []string
		own := 0
		last := make(map[string]int)
		for len(heard) < each*len(nodes) || own < each {
			e := v.Next()
			if e.Name == "own" {
				own++
				continue
			}
			var from string
			var i int
			r.must(e.Args.Decode(0, &from))
			r.must(e.Args.Decode(1, &i))
			if i != last[from] {
				r.Fatalf("event %d of %s came to %s, want %d", i, from, nodes[k].Server.Name(), last[from])
			}
			last[from]++
			heard = append(heard, fmt.Sprint(from, i))
		}
		if k == 0 {
			order = heard
		}
		for i := range heard {
			if heard[i] != order[i] {
				r.Fatalf("event %d is %s at %s, and %s elsewhere", i, heard[i], nodes[k].Server.Name(), order[i])
			}
		}
	}
	senders.Wait()
}

// testClaims has all servers claim one client at a time, many times.
func testClaims(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	for round := range 10 {
		v := nodes[round%3].travel("/")
		r.must(nodes[0].Emit("x", "y"))
		v.Expect("x", "y")
		v.lose()
		var claims sync.WaitGroup
		won := make(chan bool, 2*len(nodes))
		for _, n := range append(nodes, nodes...) {
			claims.Go(func() { won <- v.tries(n) })
		}
		claims.Wait()
		close(won)
		winners := 0
		for yes := range won {
			if yes {
				winners++
			}
		}
		live := 0
		for _, n := range nodes {
			if _, ok := n.Socket(v.id); ok {
				live++
			}
		}
		if winners == 0 || live > 1 {
			r.Errorf("%d were recovered, %d sockets have the id", winners, live)
		}
		for _, n := range nodes {
			for so := range n.Sockets() {
				so.CloseConnection()
			}
		}
	}
}

// testOldSocket has a client come while the server that has it doesn't know that it left.
func testOldSocket(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b", "c")
	a, b := nodes[0], nodes[1]
	ends := make(chan socketio.Reason, 10)
	for _, n := range nodes {
		n.OnDisconnect(func(_ *socketio.Socket, why socketio.Reason) { ends <- why })
	}
	v := a.travel("/")
	r.must(a.Emit("x", 1))
	v.Expect("x", 1)
	for i, n := range []*node{b, a, a, nodes[2]} {
		old, at := v.Client, v.at
		v.arrives(n)
		r.within("the end of the old socket", func() error {
			if why := <-ends; why != socketio.ReasonTakenOver {
				return fmt.Errorf("it ended for %q", why)
			}
			return nil
		})
		if at != n {
			if _, still := at.Socket(v.id); still {
				r.Error("two sockets of one id")
			}
		}
		old.Reason()
		r.must(b.Emit("x", i))
		v.Expect("x", i)
	}
}

// testMany misses as much as is allowed, and more.
func testMany(r *rig) {
	const most = 10_000
	nodes := r.keepers(socketio.RecoveryOptions{MaxPackets: most, RestorePartial: true}, "a", "b")
	a, b := nodes[0], nodes[1]
	v, w := a.travel("/"), b.travel("/")
	w.OnEvent("x", func(context.Context, socketio.Args) (any, error) { return nil, nil })
	r.must(a.Emit("x"))
	v.Expect("x")
	for _, count := range []int{most, 1_000, 1_001, 0, most + 1} {
		v.lose()
		for i := range count {
			r.must(a.Emit("n", i))
		}
		for i := range count {
			w.Expect("n", i)
		}
		if count > most {
			v.begins(b, "it missed too much")
			if so, _ := b.Socket(v.id); so.Recovery() != socketio.RecoveryPartial || !slices.Contains(so.Rooms(), "a") {
				r.Errorf("recovery %s, rooms %q", so.Recovery(), so.Rooms())
			}
			continue
		}
		v.arrives(b)
		for i := range count {
			v.Expect("n", i)
		}
	}
}

// testGarbageClaims claims what nobody has.
func testGarbageClaims(r *rig) {
	nodes := r.keepers(socketio.RecoveryOptions{}, "a", "b")
	a, b := nodes[0], nodes[1]
	for _, claim := range [][2]string{
		{"", ""}, {"nobody", "1"}, {"*", "0-0"}, {"a b\r\nc", "1"}, {strings.Repeat("p", 10_000), "1"}, {"한국어", "1"},
		{"", "$"}, {"", "-"}, {"", "+"}, {"", "0"}, {"", "0-0"}, {"", "x"}, {"", "1; drop table x"}, {"", "99999999999999999999999999"},
		{"", "18446744073709551615-18446744073709551615"}, {"", "1-2-3"}, {"", strings.Repeat("1", 10_000)}, {"", "-1"}, {"", "한"},
	} {
		v := a.travel("/")
		r.must(a.Emit("x"))
		v.Expect("x")
		v.lose()
		if v.offset = claim[1]; claim[0] != "" {
			v.pid = claim[0]
		}
		if v.claims(b) {
			r.Errorf("a client was recovered that claimed %q", claim)
		}
		v.Close()
	}
}
