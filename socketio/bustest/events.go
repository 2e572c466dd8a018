package bustest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

func testEvents(r *rig) {
	nodes := r.start("a", "b", "c")
	a, b, c := nodes[0], nodes[1], nodes[2]
	told := make(chan string, 10)
	for _, n := range nodes {
		n.OnServerEvent("tell", func(_ context.Context, args socketio.Args) (any, error) {
			values, err := args.Values()
			told <- fmt.Sprint(n.Server.Name(), values)
			return nil, err
		})
	}
	so, ok := a.Socket(a.client.ID())
	if !ok {
		r.Fatal("the socket is gone")
	}
	r.must(a.Emit("all", 1, "한글 😀", nil, []any{map[string]any{"x": true}}))
	r.must(a.Emit("bare"))
	r.must(a.To("none", "b").Emit("b"))
	r.must(a.To("all", "b").Except("c").Emit("not c"))
	r.must(a.Except("none", "a").Emit("not a"))
	r.must(a.Local().Emit("here"))
	r.must(a.To().Emit("nobody"))
	r.must(a.To("none").Emit("nobody"))
	r.must(so.Broadcast().Emit("from a"))
	r.must(so.To("b").Emit("from a to b"))
	r.must(a.To(c.client.ID()).Emit("c"))
	r.must(a.Volatile().Emit("volatile", 1))
	r.must(a.Latest("slot").Emit("latest", 1))
	r.must(a.Uncompressed().Emit("end"))
	r.must(a.ServerSideEmit("tell", 1, "x"))
	for _, n := range nodes {
		n.client.Expect("all", 1, "한글 😀", nil, []any{map[string]any{"x": true}})
		n.client.Expect("bare")
	}
	for _, event := range []string{"not c", "here"} {
		a.client.Expect(event)
	}
	for _, event := range []string{"b", "not c", "not a", "from a", "from a to b"} {
		b.client.Expect(event)
	}
	for _, event := range []string{"not a", "from a", "c"} {
		c.client.Expect(event)
	}
	for _, n := range nodes {
		n.client.Expect("volatile", 1)
		n.client.Expect("latest", 1)
		n.client.Expect("end")
	}
	var got []string
	r.within("a server event", func() error { got = append(got, <-told, <-told); return nil })
	if sorted(got) != "b[1 x] c[1 x]" {
		r.Errorf("the server event reached %q", got)
	}
}

func testRooms(r *rig) {
	nodes := r.start("a", "b", "c")
	a, b, c := nodes[0], nodes[1], nodes[2]
	r.must(a.To("b", "a").SocketsJoin("new", "newer"))
	r.must(a.To("new").Emit("in new"))
	r.must(a.To("b").SocketsLeave("new"))
	r.must(a.To("new").Emit("a is left"))
	r.must(a.To("newer").Except("a").Emit("in newer"))
	r.must(a.Emit("last"))
	r.must(a.To("b").DisconnectSockets())
	r.must(a.To("c").CloseConnections())
	r.must(a.Emit("who is left"))
	for _, event := range []string{"in new", "a is left", "last", "who is left"} {
		a.client.Expect(event)
	}
	for _, event := range []string{"in new", "in newer", "last"} {
		b.client.Expect(event)
	}
	c.client.Expect("last")
	for _, n := range nodes[1:] {
		if why := n.client.Reason(); why != socketio.ReasonServerDisconnect {
			r.Errorf("the client of %s ended for %q", n.Server.Name(), why)
		}
	}
}

// testOrder sends as fast as possible from two servers.
func testOrder(r *rig) {
	const each = 5_000
	nodes := r.start("a", "b", "c")
	var senders sync.WaitGroup
	for _, n := range []*node{nodes[0], nodes[2]} {
		senders.Go(func() {
			for i := range each {
				if err := n.To("b").Emit("n", n.Server.Name(), i); err != nil {
					r.Errorf("message %d of %s: %v", i, n.Server.Name(), err)
					return
				}
			}
		})
	}
	defer senders.Wait()
	next := make(map[string]int)
	for range 2 * each {
		e := nodes[1].client.Next()
		var from string
		var i int
		r.must(e.Args.Decode(0, &from))
		r.must(e.Args.Decode(1, &i))
		if i != next[from] {
			r.Fatalf("message %d of %s came, want %d", i, from, next[from])
		}
		next[from]++
	}
	senders.Wait()
	r.must(nodes[0].Emit("end"))
	nodes[1].client.Expect("end") // nothing came twice
}

// testKinds mixes what has to stay in order.
func testKinds(r *rig) {
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	const rounds = 200
	for i := range rounds {
		r.must(a.To("b").SocketsJoin("round"))
		r.must(a.To("round").Emit("in", i))
		r.must(a.To("b").SocketsLeave("round"))
		r.must(a.To("round").Emit("out", i))
	}
	r.must(a.To("b").Emit("end"))
	// A question keeps its place too.
	for range 20 {
		for want, change := range []func(...string) error{a.To("b").SocketsLeave, a.To("b").SocketsJoin} {
			r.must(change("asked"))
			if n, err := a.To("asked").CountSockets(r.patience()); n != want || err != nil {
				r.Fatalf("%d sockets, want %d, %v", n, want, err)
			}
		}
	}
	r.must(a.To("b").DisconnectSockets())
	for i := range rounds {
		b.client.Expect("in", i)
	}
	b.client.Expect("end")
	b.client.Reason()
}

func testSizes(r *rig) {
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	large := bytes.Repeat(every, 1<<20/len(every))
	a.OnServerEvent("echo", func(_ context.Context, args socketio.Args) (any, error) { return args, nil })
	b.OnServerEvent("echo", func(_ context.Context, args socketio.Args) (any, error) { return args, nil })
	for i, args := range [][]any{
		{}, {""}, {every}, {[]byte{}}, {nil, []byte("x"), nil},
		{strings.Repeat("x", 1<<20)}, {large}, {strings.Repeat("한", 10_000)},
		{map[string]any{"a": large[:10_000], "b": []any{every, "text", map[string]any{"c": every}}}, large[:10_000]},
		{map[string]any{"_placeholder": true, "num": 0}},
		{7_990}, {strings.Repeat("x", 7_900)}, {strings.Repeat("x", 8_000)}, {strings.Repeat("x", 65_536)},
	} {
		r.must(a.To("b").Emit("sized", args...))
		b.client.Expect("sized", args...)
		answers, err := b.ServerSideAsk(r.patience(), "echo", args...)
		if err != nil || len(answers) != 1 {
			r.Fatalf("payload %d: %d answers, %v", i, len(answers), err)
		}
		got, err := answers[0].Values()
		r.must(err)
		if !reflect.DeepEqual(got, plain(r, args)) {
			r.Errorf("payload %d came back as another one", i)
		}
	}
	answer(b.client, "bytes", func() any { return map[string]any{"data": large[:100_000]} })
	for _, reply := range a.To("b").Ask(r.patience(), "bytes") {
		var v struct {
			Data []byte `json:"data"`
		}
		if r.must(reply.Err); reply.Value.Decode(0, &v) != nil || !bytes.Equal(v.Data, large[:100_000]) {
			r.Error("a client's answer came as another one")
		}
	}
}

// plain is what args are when they have been sent.
func plain(r *rig, args []any) []any {
	a, err := socketio.ArgsOf(args...)
	r.must(err)
	values, err := a.Values()
	r.must(err)
	return values
}

// testNames uses names that mean something to brokers, each beside one that a pattern of it would
// match.
func testNames(r *rig) {
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	long := strings.Repeat("x", 300)
	for _, name := range []string{"a", "[a]", "*", "a*", "한국어 방", "a#b", "a.b", "a.>", "a:b", "{a}", `\a`, `"a"`, "'a'", long, long + "y"} {
		space, here := b.Of("/"+name), a.Of("/"+name)
		space.Use(func(_ context.Context, s *socketio.Socket) error { return s.Join(name, name+"?") })
		c := siotest.Dial(r, b.Server, "/"+name, siotest.Options{Patience: r.Patience})
		b.hears(space, c, name)
		r.must(here.Emit("namespace", name))
		r.must(here.To(name).Emit("room", name))
		r.must(here.To("?", name+"?", "none").Emit("rooms", name))
		r.must(here.To("?", "[^b]").Emit("nobody"))
		if n, err := here.To(name).CountSockets(r.patience()); n != 1 || err != nil {
			r.Errorf("room %q of %q has %d sockets, %v", name, space, n, err)
		}
		r.must(here.Emit("end"))
		c.Expect("namespace", name)
		c.Expect("room", name)
		c.Expect("rooms", name)
		c.Expect("end")
	}
	r.must(a.Emit("end"))
	b.client.Expect("end") // nothing of another namespace came
}

// testSlow stops what one server receives. Neither senders nor other servers notice, and it gets
// everything later.
func testSlow(r *rig) {
	nodes := r.start("a", "b", "slow")
	a, b, slow := nodes[0], nodes[1], nodes[2]
	release := slow.hold()
	const count = 1_000
	r.within("sending", func() (err error) {
		for i := range count {
			err = errors.Join(err, a.Emit("n", i))
		}
		return err
	})
	for i := range count {
		b.client.Expect("n", i)
	}
	r.must(slow.Emit("still heard"))
	b.client.Expect("still heard")
	release()
	slow.client.Expect("still heard") // of its own, while it was slow
	for i := range count {
		slow.client.Expect("n", i)
	}
}
