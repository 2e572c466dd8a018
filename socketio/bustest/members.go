package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

func testPeers(r *rig) {
	nodes := r.start("a", "b", "c")
	a, b := nodes[0], nodes[1]
	r.must(nodes[2].Close())
	a.knows("b")
	b.knows("a")
	if n, err := a.CountSockets(r.patience()); n != 2 || err != nil {
		r.Errorf("%d sockets without c, %v", n, err)
	}
	if err := nodes[2].Emit("too late"); err != nil && !errors.Is(err, socketio.ErrClosed) {
		r.Logf("emit of a closed server: %v", err)
	}
	r.nodes = nodes[:2]
	c := r.node("c") // the name is free again
	r.settle()
	c.client = c.dial("/")
	r.must(a.Emit("x"))
	r.must(c.Emit("y"))
	for _, n := range r.nodes {
		if got := []string{n.client.Next().Name, n.client.Next().Name}; sorted(got) != "x y" {
			r.Errorf("%q came to %s", got, n.Server.Name())
		}
	}
	if n, err := b.CountSockets(r.patience()); n != 3 || err != nil {
		r.Errorf("%d sockets with a new c, %v", n, err)
	}
}

// testDeath cuts off a server that is asked: whoever waits for it is told before the time is over,
// and has what the others said.
func testDeath(r *rig) {
	r.needs(r.Cut != nil, "Cut")
	for _, q := range questions {
		dying := "dies in " + q.name
		r.nodes = slices.DeleteFunc(r.nodes, func(n *node) bool { return n.Server.Name() != "a" && n.Server.Name() != "b" })
		if len(r.nodes) == 0 {
			for _, n := range r.start("a", "b") {
				n.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return n.Server.Name(), nil })
				answer(n.client, "name", func() any { return n.Server.Name() })
			}
		}
		a := r.nodes[0]
		c := r.start(dying)[0]
		asked, release := make(chan struct{}, 1), make(chan struct{})
		free := sync.OnceFunc(func() { close(release) })
		r.Cleanup(free)
		c.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) {
			asked <- struct{}{}
			<-release
			return nil, nil
		})
		answer(c.client, "name", func() any { asked <- struct{}{}; <-release; return nil })
		if q.name != "ServerSideAsk" && q.name != "AskAll" {
			c.hold()
			asked <- struct{}{} // it never hears the question
		}
		before := a.tap.asked.Load()
		type result struct {
			n   int
			err error
		}
		done := make(chan result, 1)
		go func() { n, err := q.ask(a.patience(), a); done <- result{n, err} }()
		r.within(q.name+" reaches the server", func() error { <-asked; return nil })
		r.eventually(func() error {
			if a.tap.asked.Load() == before {
				return fmt.Errorf("%s hasn't asked", q.name)
			}
			if q.name == "AskAll" && a.tap.count(dying, socketio.BusCount) == 0 {
				return errors.New("the server hasn't said how many it asks")
			}
			return nil
		})
		r.cut(c)
		var got result
		r.within(q.name+" after the death of a server", func() error { got = <-done; return nil })
		missing, ok := errors.AsType[*socketio.MissingServersError](got.err)
		if !ok || !slices.Equal(missing.Servers, []string{dying}) || missing.Asked != 2 {
			r.Errorf("%s: %v, want *MissingServersError that names %q", q.name, got.err, dying)
		}
		if got.n != 1 {
			r.Errorf("%s: %d answers of the living, want 1", q.name, got.n)
		}
		if q.name == "AskAll" && !errors.Is(got.err, socketio.ErrDisconnected) {
			r.Errorf("AskAll: %v, want ErrDisconnected for the client of the dead", got.err)
		}
		free()
		a.knows("b")
		if n, err := a.CountSockets(r.patience()); n != 2 || err != nil {
			r.Errorf("%d sockets after a death, %v", n, err)
		}
	}
}

// testPartition cuts off one of three.
func testPartition(r *rig) {
	r.needs(r.Cut != nil && r.Heal != nil, "Cut and Heal")
	nodes := r.start("a", "b", "c")
	a, b, c := nodes[0], nodes[1], nodes[2]
	r.cut(c)
	c.away()
	a.knows("b")
	b.knows("a")
	const count = 100
	r.within("sending without one of three", func() (err error) {
		for i := range count {
			err = errors.Join(err, a.Emit("n", i))
			_ = c.Emit("of c", i) // what it can't send it says; its own client gets it
		}
		return err
	})
	for i := range count {
		b.client.Expect("n", i)
		c.client.Expect("of c", i)
	}
	if n, err := a.CountSockets(r.patience()); n != 2 || err != nil {
		r.Errorf("%d sockets without c, %v", n, err)
	}
	r.within("a question of one that is cut off", func() error {
		if infos, err := c.FetchSockets(r.patience()); len(infos) != 1 || err == nil {
			return fmt.Errorf("%d sockets, %v: want its own and an error", len(infos), err)
		}
		return nil
	})
	r.heal(c)
	r.settle()
	r.must(c.Emit("back"))
	r.must(a.To("c").Emit("welcome"))
	r.must(c.To("b").Emit("end"))
	r.must(a.To("c").Emit("end"))
	// What was kept meanwhile comes now, in order and once.
	rising(r, b.client, "of c", "back")
	rising(r, c.client, "n", "back", "welcome")
	if n, err := a.CountSockets(r.patience()); n != 3 || err != nil {
		r.Errorf("%d sockets with c, %v", n, err)
	}
	if n, err := c.CountSockets(r.patience()); n != 3 || err != nil {
		r.Errorf("%d sockets at c, %v", n, err)
	}
}

// away waits until a server knows that it is cut off.
func (n *node) away() {
	n.T.Helper()
	n.eventually(func() error {
		if _, err := n.Peers(n.patience()); err == nil {
			return fmt.Errorf("server %s has peers without an error", n.Server.Name())
		}
		return nil
	})
}

// rising takes events until "end". Those of the name event rise, the others come once.
func rising(r *rig, c *siotest.Client, event string, once ...string) {
	r.Helper()
	at := -1
	for {
		e := c.Next()
		if e.Name == event {
			var i int
			r.must(e.Args.Decode(0, &i))
			if i <= at {
				r.Fatalf("%s %d came after %d", event, i, at)
			}
			at = i
			continue
		}
		if e.Name == "end" {
			break
		}
		i := slices.Index(once, e.Name)
		if i < 0 {
			r.Fatalf("%s came, or came twice", e.Name)
		}
		once = slices.Delete(once, i, i+1)
	}
	if len(once) > 0 {
		r.Fatalf("%q didn't come", once)
	}
}

// outage returns what takes the broker from all of them, and what gives it back.
func (r *rig) outage() (stop, begin func()) {
	r.Helper()
	stop, begin = r.StopBroker, r.StartBroker
	if stop == nil || begin == nil {
		r.needs(r.Cut != nil && r.Heal != nil, "StopBroker and StartBroker, nor Cut and Heal")
		stop = func() {
			for _, n := range r.nodes {
				r.cut(n)
			}
		}
		begin = func() {
			for _, n := range r.nodes {
				r.heal(n)
			}
		}
	}
	return stop, begin
}

// testBroker takes the broker from all of them.
func testBroker(r *rig) {
	stop, begin := r.outage()
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	stop()
	a.away()
	b.away()
	const count = 1_000
	r.within("sending to nobody", func() error {
		for i := range count {
			_ = a.Emit("n", i)
		}
		return nil
	})
	for i := range count {
		a.client.Expect("n", i) // those at home get all
	}
	answer(a.client, "name", func() any { return "a" })
	for _, q := range questions {
		q := q.ask
		r.within("a question to nobody", func() error {
			// Sockets of this server are there, and whoever else there is is missing.
			if n, err := q(r.patience(), a); n != 0 || err == nil {
				return fmt.Errorf("%d answers, %v: want an error", n, err)
			}
			return nil
		})
	}
	if got, err := replies(a.Ask(r.patience(), "name")); len(got) != 1 || err == nil {
		r.Errorf("%q, %v: want an answer, and an error as the others are missing", got, err)
	}
	begin()
	r.settle()
	r.must(a.Emit("back"))
	r.must(a.To("b").Emit("end"))
	rising(r, b.client, "n", "back")
	if n, err := b.CountSockets(r.patience()); n != 2 || err != nil {
		r.Errorf("%d sockets, %v", n, err)
	}
}

// testRedelivered has the broker say again what it has said.
func testRedelivered(r *rig) {
	r.needs(r.Redeliver != nil, "Redeliver")
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	b.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return "b", nil })
	for i := range 20 {
		r.must(a.Emit("n", i))
		if names, err := a.ask(r.patience(), "name"); err != nil || sorted(names) != "b" {
			r.Errorf("answers %q, %v", names, err)
		}
		r.Redeliver(a.tap.Bus)
		r.Redeliver(b.tap.Bus)
	}
	r.must(a.Emit("end"))
	for i := range 20 {
		b.client.Expect("n", i)
	}
	b.client.Expect("end")
}
