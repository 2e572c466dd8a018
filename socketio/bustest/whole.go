package bustest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/socketio"
)

// testWhole compares what a server publishes with what another one gets: clients don't see all that
// a message says.
func testWhole(r *rig) {
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	answer(b.client, "name", func() any { return "b" })
	b.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return "b", nil })
	sent, came := a.tap.keep(), b.tap.keep()
	all := a.To("b", "none").Except("nobody", "else")
	r.must(all.Emit("plain", 1, []byte("binary")))
	r.must(all.Volatile().Emit("volatile"))
	r.must(all.Latest("a slot").Emit("latest"))
	r.must(all.Uncompressed().Emit("uncompressed"))
	r.must(all.SocketsJoin("one", "two"))
	r.must(all.SocketsLeave("two", "one"))
	for _, q := range questions {
		if n, err := q.ask(r.patience(), a); n != 1 || err != nil {
			r.Errorf("%s: %d answers, %v", q.name, n, err)
		}
	}
	r.must(all.DisconnectSockets())
	b.client.Reason()
	other := b.dial("/")
	r.must(a.To("b").CloseConnections())
	other.Reason()
	of := func(list []*socketio.BusMessage) (texts []string) {
		for _, m := range list {
			if m.From == "a" && m.Event != "hears" && slices.Contains(told, m.Kind) {
				texts = append(texts, describe(m))
			}
		}
		return texts
	}
	want, got := of(sent()), of(came())
	for i := range max(len(want), len(got)) {
		if i >= len(want) || i >= len(got) || want[i] != got[i] {
			r.Fatalf("message %d: sent %q, came %q", i, want[i:], got[i:])
		}
	}
	// The time that is left is told at least to those that ask clients and handlers.
	for _, m := range came() {
		wants := m.Kind == socketio.BusEmit || m.Kind == socketio.BusServerEmit
		if wants && m.Request != "" && (m.Timeout <= 0 || m.Timeout > 4*r.Patience) {
			r.Errorf("%s: the asker's time is %v", describe(m), m.Timeout)
		}
	}
}

// told are the kinds that are orders.
var told = []socketio.BusKind{socketio.BusEmit, socketio.BusJoin, socketio.BusLeave, socketio.BusDisconnect}

func describe(m *socketio.BusMessage) string {
	return fmt.Sprint("kind ", m.Kind, " in ", m.Namespace, " rooms ", m.Rooms, " except ", m.Except, " latest ", m.Latest, " slot ", m.Slot,
		" uncompressed ", m.NoCompress, " event ", m.Event, " ", m.Args, " change ", m.Change, " whole ", m.Whole)
}

// testCutOff cuts off a server that asks: it is told that the others can't answer.
func testCutOff(r *rig) {
	r.needs(r.Cut != nil, "Cut")
	nodes := r.start("a", "b")
	a, b := nodes[0], nodes[1]
	release := b.hold()
	defer release()
	before := a.tap.asked.Load()
	done := make(chan error, 1)
	go func() { _, err := a.CountSockets(a.patience()); done <- err }()
	r.eventually(func() error {
		if a.tap.asked.Load() == before {
			return errors.New("nothing was asked")
		}
		return nil
	})
	r.cut(a)
	r.within("a question of a server that is cut off", func() error {
		err := <-done
		missing, ok := errors.AsType[*socketio.MissingServersError](err)
		if !ok || !slices.Equal(missing.Servers, []string{"b"}) || missing.Err != nil {
			return fmt.Errorf("%w, want *MissingServersError that names b, which can't be reached", err)
		}
		return nil
	})
}
