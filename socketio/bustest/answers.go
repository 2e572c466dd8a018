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

var secret = socketio.NewKey[string]("secret")

func testFetch(r *rig) {
	nodes := r.start("a", "b", "c")
	a, b := nodes[0], nodes[1]
	so, ok := b.Socket(b.client.ID())
	if !ok {
		r.Fatal("the socket is gone")
	}
	secret.Set(so, "of b")
	infos, err := a.FetchSockets(r.patience())
	if err != nil || len(infos) != 3 {
		r.Fatalf("%d sockets, %v", len(infos), err)
	}
	i := slices.IndexFunc(infos, func(i socketio.SocketInfo) bool { return i.ID == so.ID() })
	if i < 0 {
		r.Fatal("a socket is missing")
	}
	var auth struct {
		Of string `json:"of"`
	}
	got := infos[i]
	if err := got.Handshake.Auth(&auth); err != nil || auth.Of != "b" || got.Handshake.Query().Get("EIO") != "4" {
		r.Errorf("the handshake: auth %+v, %v, query %v", auth, err, got.Handshake.Query())
	}
	if !slices.Contains(got.Rooms, "all") || !slices.Contains(got.Rooms, "b") {
		r.Errorf("rooms %q", got.Rooms)
	}
	if v, ok := secret.In(got); !ok || v != "of b" {
		r.Errorf("the value of a Key: %q, %v", v, ok)
	}
	for _, c := range []struct {
		name string
		of   socketio.Target
		want int
	}{
		{"all", a.To(), 0}, {"everybody", a.Except(), 3}, {"a room", a.To("b"), 1}, {"a room of all", a.To("all", "b"), 3},
		{"all but one", a.Except("c"), 2}, {"local", a.Local(), 1}, {"nobody", a.To("none"), 0}, {"others", a.Except(a.client.ID()), 2},
	} {
		count, err := c.of.CountSockets(r.patience())
		infos, failed := c.of.FetchSockets(r.patience())
		if err != nil || failed != nil || count != c.want || len(infos) != c.want {
			r.Errorf("%s: %d counted, %d fetched, want %d, %v, %v", c.name, count, len(infos), c.want, err, failed)
		}
	}
}

func testAskAll(r *rig) {
	nodes := r.start("a", "b", "c")
	a := nodes[0]
	for _, n := range nodes {
		answer(n.client, "name", func() any { return n.Server.Name() })
	}
	got, err := replies(a.Ask(r.patience(), "name"))
	if err != nil || sorted(got) != "a b c" {
		r.Errorf("answers %q, %v", got, err)
	}
	got, err = replies(a.To("b", "none").Ask(r.patience(), "name"))
	if err != nil || sorted(got) != "b" {
		r.Errorf("answers of b: %q, %v", got, err)
	}
	got, err = replies(a.To("none").Ask(r.patience(), "name"))
	if err != nil || len(got) != 0 {
		r.Errorf("answers of nobody: %q, %v", got, err)
	}
	// A client that leaves is told, from another server too.
	ended := make(chan error, 1)
	go func() { _, err := replies(a.To("c").Ask(r.patience(), "unanswered")); ended <- err }()
	nodes[2].client.Expect("unanswered")
	nodes[2].client.Close()
	r.within("the end of a client", func() error {
		if err := <-ended; !errors.Is(err, socketio.ErrDisconnected) {
			return fmt.Errorf("%w, want ErrDisconnected", err)
		}
		return nil
	})
}

// replies collects texts and errors.
func replies(seq func(func(string, socketio.Reply[socketio.Args]) bool)) (texts []string, err error) {
	for _, reply := range seq {
		var text string
		if reply.Err == nil {
			reply.Err = reply.Value.Decode(0, &text)
		}
		if reply.Err != nil {
			err = errors.Join(err, reply.Err)
			continue
		}
		texts = append(texts, text)
	}
	return texts, err
}

// ask collects the names that other servers answer.
func (n *node) ask(ctx context.Context, event string) (names []string, err error) {
	answers, err := n.ServerSideAsk(ctx, event)
	for _, a := range answers {
		var name string
		if failed := a.Decode(0, &name); failed != nil {
			return nil, failed
		}
		names = append(names, name)
	}
	return names, err
}

func testServerAsk(r *rig) {
	nodes := r.start("a", "b", "c")
	a := nodes[0]
	for _, n := range nodes {
		n.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return n.Server.Name(), nil })
	}
	nodes[1].OnServerEvent("half", func(context.Context, socketio.Args) (any, error) { return "b", nil })
	nodes[2].OnServerEvent("half", func(context.Context, socketio.Args) (any, error) {
		return nil, &socketio.Error{Message: "not today"}
	})
	if names, err := a.ask(r.patience(), "name"); err != nil || sorted(names) != "b c" {
		r.Errorf("answers %q, %v", names, err)
	}
	names, err := a.ask(r.patience(), "half")
	if err == nil || !strings.Contains(err.Error(), "server c: ") || !strings.Contains(err.Error(), "not today") || sorted(names) != "b" {
		r.Errorf("answers with one that failed: %q, %v", names, err)
	}
	if names, err := a.ask(r.patience(), "unknown"); !errors.Is(err, socketio.ErrNoHandler) || len(names) != 0 {
		r.Errorf("answers that nobody gives: %q, %v", names, err)
	}
}

// testManyQuestions looks for answers that reach another question.
func testManyQuestions(r *rig) {
	nodes := r.start("a", "b", "c")
	var all sync.WaitGroup
	for _, n := range nodes {
		n.OnServerEvent("echo", func(_ context.Context, args socketio.Args) (any, error) {
			var text string
			return n.Server.Name() + text, args.Decode(0, &text)
		})
	}
	for _, n := range nodes {
		for worker := range 4 {
			all.Go(func() {
				for i := range 50 {
					text := fmt.Sprint(n.Server.Name(), worker, i)
					answers, err := n.ServerSideAsk(r.patience(), "echo", text)
					for _, a := range answers {
						var got string
						if a.Decode(0, &got) != nil || !strings.HasSuffix(got, text) {
							r.Errorf("question %s was answered with %q", text, got)
						}
					}
					if err != nil || len(answers) != 2 {
						r.Errorf("question %s: %d answers, %v", text, len(answers), err)
						return
					}
					count, err := n.CountSockets(r.patience())
					if err != nil || count != 3 {
						r.Errorf("question %s: %d sockets, %v", text, count, err)
						return
					}
				}
			})
		}
	}
	all.Wait()
}

func testNamespaces(r *rig) {
	nodes := r.start("a", "b", "c")
	a, b := nodes[0], nodes[1]
	// Here one server knows it alone, there two of three.
	alone, shared := a.Of("/alone"), a.Of("/shared")
	b.Of("/shared").OnServerEvent("q", func(context.Context, socketio.Args) (any, error) { return "b", nil })
	near, far := a.dial("/shared"), b.dial("/shared")
	answer(far, "q", func() any { return "far" })
	answer(near, "q", func() any { return "near" })
	for ns, want := range map[*socketio.Namespace]int{alone: 0, shared: 2} {
		count, err := ns.CountSockets(r.patience())
		infos, failed := ns.FetchSockets(r.patience())
		if err != nil || failed != nil || count != want || len(infos) != want {
			r.Errorf("%s: %d counted, %d fetched, want %d, %v, %v", ns, count, len(infos), want, err, failed)
		}
		got, err := replies(ns.Ask(r.patience(), "q"))
		if err != nil || len(got) != want {
			r.Errorf("%s: answers %q, %v", ns, got, err)
		}
	}
	r.must(shared.Emit("x"))
	near.Expect("x")
	far.Expect("x")
	// A server without the namespace may answer that it has no handler, or not be asked.
	answers, err := shared.ServerSideAsk(r.patience(), "q")
	if len(answers) != 1 || err != nil && !errors.Is(err, socketio.ErrNoHandler) {
		r.Errorf("%d answers of servers, %v", len(answers), err)
	}
	// One that is made later is reached too.
	late := nodes[2].dialNew("/late")
	r.eventually(func() error {
		n, err := a.Of("/late").CountSockets(r.patience())
		if err == nil && n != 1 {
			err = fmt.Errorf("%d sockets in a new namespace", n)
		}
		return err
	})
	r.must(a.Of("/late").Emit("x"))
	late.Expect("x")
}

// questions are all kinds of them, with how many other servers have answered. Each server's last
// message of an answer is of a kind.
var questions = []struct {
	name   string
	answer socketio.BusKind
	ask    func(context.Context, *node) (int, error)
}{
	{"ServerSideAsk", socketio.BusServerAnswer, func(ctx context.Context, n *node) (int, error) {
		names, err := n.ask(ctx, "name")
		return len(names), err
	}},
	{"AskAll", socketio.BusAck, func(ctx context.Context, n *node) (int, error) {
		got, err := replies(n.Except(n.Server.Name()).Ask(ctx, "name"))
		return len(got), err
	}},
	{"FetchSockets", socketio.BusSockets, func(ctx context.Context, n *node) (int, error) {
		infos, err := n.FetchSockets(ctx)
		return len(infos) - 1, err
	}},
	{"CountSockets", socketio.BusCount, func(ctx context.Context, n *node) (int, error) {
		count, err := n.CountSockets(ctx)
		return count - 1, err
	}},
}

// testLate lets answers come when nobody waits for them any more.
func testLate(r *rig) {
	nodes := r.start("a", "b", "c")
	a, c := nodes[0], nodes[2]
	for _, n := range nodes {
		n.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return n.Server.Name(), nil })
		answer(n.client, "name", func() any { return n.Server.Name() })
	}
	release := c.hold()
	for _, q := range questions {
		// The asker's time is over when the others have answered.
		ctx, cancel := context.WithCancel(r.patience())
		before := a.tap.count("b", q.answer)
		var over sync.WaitGroup
		over.Go(func() {
			defer cancel()
			r.soon(func() bool { return a.tap.count("b", q.answer) > before })
		})
		n, err := q.ask(ctx, a)
		over.Wait()
		missing, ok := errors.AsType[*socketio.MissingServersError](err)
		if !ok || !slices.Equal(missing.Servers, []string{"c"}) || missing.Asked != 2 || !errors.Is(err, context.Canceled) {
			r.Errorf("%s: %v, want *MissingServersError that names c", q.name, err)
		}
		if n != 1 {
			r.Errorf("%s: %d answers, want 1", q.name, n)
		}
	}
	release()
	for range 20 {
		names, err := a.ask(r.patience(), "name")
		if err != nil || sorted(names) != "b c" {
			r.Fatalf("answers %q, %v", names, err)
		}
		got, err := replies(a.Ask(r.patience(), "name"))
		if err != nil || sorted(got) != "a b c" {
			r.Fatalf("answers of clients %q, %v", got, err)
		}
	}
}
