package natsbus_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
)

// An inert server is a StreamBus with nobody behind it.
func (b *broker) inert(t *testing.T, name string, o natsbus.StreamOptions) (*natsbus.StreamBus, chan *socketio.BusMessage) {
	t.Helper()
	conn, _ := b.connect(t)
	bus := natsbus.NewStream(conn, o)
	came := make(chan *socketio.BusMessage, 1000)
	t.Cleanup(bus.Start(socketio.BusServer{Name: name, Logger: discard, Receive: func(m *socketio.BusMessage) { came <- m }}))
	return bus, came
}

func event(name string, number uint64, args ...any) *socketio.BusMessage {
	a, err := socketio.ArgsOf(args...)
	if err != nil {
		panic(err)
	}
	return &socketio.BusMessage{Kind: socketio.BusEmit, From: "a", Namespace: "/", Event: name, Number: number, Args: a}
}

func next(t *testing.T, came chan *socketio.BusMessage) *socketio.BusMessage {
	t.Helper()
	for {
		select {
		case m := <-came:
			if m.Kind == socketio.BusEmit {
				return m
			}
		case <-time.After(patience):
			t.Fatal("nothing comes")
		}
	}
}

// What the stream dropped, what it never had, and what another stream had is told.
func TestOffsetsOfAStream(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir(), MaxPayload: 1000})
	bus, came := b.inert(t, "a", natsbus.StreamOptions{MaxMessages: 10, Memory: true})
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	for i := range 5 {
		must(t, bus.Publish(event("n", uint64(i+1), i)))
	}
	var first, last *socketio.BusMessage
	for i := range 5 {
		last = next(t, came)
		if last.Number != uint64(i+1) || last.Offset == "" || last.Args.Len() != 0 {
			t.Fatalf("%+v came back", last)
		}
		if first == nil {
			first = last
		}
	}
	list, err := bus.Since(t.Context(), "/", first.Offset, 3)
	if err != nil || len(list) != 3 || list[2].Args.String() != "[3]" {
		t.Errorf("%v, %v", list, err)
	}
	conn, _ := b.connect(t)
	large := strings.Repeat("x", 3000)
	must(t, natsbus.NewStreamEmitter(conn, natsbus.StreamOptions{}).Emit("of an emitter", large))
	if got := next(t, came); got.Event != "of an emitter" || got.Offset == "" {
		t.Errorf("%+v", got)
	}
	list, err = bus.Since(t.Context(), "/", last.Offset, 10)
	if err != nil || len(list) != 1 || list[0].Event != "of an emitter" || list[0].Offset == "" {
		t.Errorf("%v, %v", list, err)
	}
	for i := range 10 {
		must(t, bus.Publish(event("n", uint64(i+10))))
		next(t, came)
	}
	era, _, _ := strings.Cut(last.Offset, "-")
	for _, offset := range []string{"", "x", "7", "-", era, era + "-", era + "-x", era + "-99999", era + "--1", first.Offset, "1-" + strings.TrimPrefix(last.Offset, era+"-"), last.Offset} {
		if list, err := bus.Since(t.Context(), "/", offset, 10); !errors.Is(err, socketio.ErrOffset) {
			t.Errorf("behind %q are %d events, %v", offset, len(list), err)
		}
	}
}

// An event in pieces with another's between them is missed by nobody, whether an offset or the end
// of a page stands between the pieces; when its beginning was dropped, that is told.
func TestOffsetsBetweenPieces(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir(), MaxPayload: 1000})
	bus, came := b.inert(t, "a", natsbus.StreamOptions{MaxMessages: 20, Memory: true})
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	must(t, bus.Publish(event("first", 1)))
	first := next(t, came)
	conn, _ := b.connect(t)
	large := pieces(t, strings.Repeat("x", 3000))
	js, err := jetstream.New(conn)
	must(t, err)
	store := func(m *nats.Msg) {
		_, err := js.Publish(t.Context(), m.Subject, m.Data)
		must(t, err)
	}
	store(large[0])
	must(t, bus.Publish(event("between", 2)))
	between := next(t, came)
	for _, m := range large[1:] {
		store(m)
	}
	if got := next(t, came); got.Event != "large" {
		t.Fatalf("%+v", got)
	}
	for _, n := range []int{1, 2, 10} { // in pages
		var names []string
		for offset := first.Offset; ; {
			list, err := bus.Since(t.Context(), "/", offset, n)
			must(t, err)
			for _, m := range list {
				names, offset = append(names, m.Event), m.Offset
			}
			if len(list) < n {
				break
			}
		}
		if got := strings.Join(names, " "); got != "between large" {
			t.Errorf("in pages of %d come %q", n, got)
		}
	}
	// The stream drops all before the event between.
	for i := range 20 - len(large) {
		must(t, bus.Publish(event("n", uint64(i+3))))
		next(t, came)
	}
	if list, err := bus.Since(t.Context(), "/", between.Offset, 100); !errors.Is(err, socketio.ErrOffset) {
		t.Errorf("%d events, %v", len(list), err)
	}
}

// pieces are the messages of an event "large" of another server, which aren't kept.
func pieces(t *testing.T, text string) (list []*nats.Msg) {
	t.Helper()
	other := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir(), MaxPayload: 1000})
	far, _ := other.connect(t)
	sub, err := far.SubscribeSync("socket.io.log.>")
	must(t, err)
	must(t, far.Flush())
	bus := natsbus.NewStream(far, natsbus.StreamOptions{Memory: true})
	t.Cleanup(bus.Start(socketio.BusServer{Name: "far", Logger: discard, Receive: func(*socketio.BusMessage) {}}))
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	must(t, bus.Publish(event("large", 1, text)))
	for {
		m, err := sub.NextMsg(time.Second)
		if err != nil {
			break
		}
		list = append(list, m)
	}
	if len(list) < 3 {
		t.Fatalf("%d pieces", len(list))
	}
	return list
}

// What isn't kept comes back without an offset, and once.
func TestEventsThatAreNotKept(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
	bus, came := b.inert(t, "a", natsbus.StreamOptions{Memory: true})
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	b.stop()
	nodetest.Until(t, "it is away", func() bool { return bus.Health() != nil })
	must(t, bus.Publish(event("one", 1)))
	must(t, bus.Publish(event("two", 2)))
	for i := range 2 {
		if got := next(t, came); got.Number != uint64(i+1) || got.Offset != "" {
			t.Errorf("%+v", got)
		}
	}
	if err := bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "p"}, time.Minute); err == nil {
		t.Error("a session is kept by nobody")
	}
	b.start()
	nodetest.Until(t, "it is back", func() bool { return bus.Health() == nil })
	must(t, bus.Publish(event("three", 3)))
	if got := next(t, came); got.Number != 3 || got.Offset == "" {
		t.Errorf("%+v", got)
	}
}

// A server that was cut off hears all that the stream kept, in order and in pieces too, and neither
// old questions nor the latest state of then. When the stream has begun anew it hears all of that.
func TestWhatTheStreamKeptMeanwhile(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir(), MaxPayload: 1000})
	conn, w := b.connect(t)
	bus := natsbus.NewStream(conn, natsbus.StreamOptions{Memory: true})
	came := make(chan *socketio.BusMessage, 1000)
	t.Cleanup(bus.Start(socketio.BusServer{Name: "b", Logger: discard, Receive: func(m *socketio.BusMessage) { came <- m }}))
	other, _ := b.inert(t, "a", natsbus.StreamOptions{Memory: true})
	nodetest.Until(t, "both are there", func() bool { return bus.Health() == nil && other.Health() == nil })
	must(t, other.Publish(event("before", 1)))
	next(t, came)
	say := func(kept ...*socketio.BusMessage) {
		t.Helper()
		latest := event("latest", 0)
		latest.Latest = true
		must(t, other.Publish(latest))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		_, _ = other.Ask(ctx, &socketio.BusMessage{Kind: socketio.BusLen, From: "a", Namespace: "/", Request: "r"})
		for _, m := range kept {
			must(t, other.Publish(m))
		}
	}
	expect := func(want ...string) {
		t.Helper()
		for len(want) > 0 {
			select {
			case m := <-came:
				got := m.Event + strings.Join(m.Change, "")
				if m.Kind == socketio.BusLost || m.Kind == socketio.BusLeft {
					continue
				}
				if got != want[0] || (m.Kind == socketio.BusEmit) != (m.Offset != "") {
					t.Fatalf("%+v came, want %q", m, want[0])
				}
				want = want[1:]
			case <-time.After(patience):
				t.Fatalf("%q doesn't come", want)
			}
		}
	}
	w.set(true)
	nodetest.Until(t, "it is away", func() bool { return bus.Health() != nil })
	join := &socketio.BusMessage{Kind: socketio.BusJoin, From: "a", Namespace: "/", Change: []string{"room"}}
	say(event("small", 2), join, event("large", 3, strings.Repeat("x", 5000)))
	w.set(false)
	expect("small", "room", "large")
	must(t, other.Publish(event("end", 4)))
	expect("end")

	w.set(true)
	nodetest.Until(t, "it is away", func() bool { return bus.Health() != nil })
	b.stop() // with all that was in memory
	nodetest.Until(t, "the other is, too", func() bool { return other.Health() != nil })
	b.start()
	nodetest.Until(t, "the other is back", func() bool { return other.Health() == nil })
	say(event("in another stream", 5))
	w.set(false)
	expect("in another stream")
}

// Without JetStream there is an error of Health.
func TestNoJetStream(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	bus, _ := b.inert(t, "a", natsbus.StreamOptions{})
	nodetest.Until(t, "it says so", func() bool { return strings.Contains(bus.Health().Error(), "make a stream") })
	conn, _ := b.connect(t)
	if err := natsbus.NewStreamEmitter(conn, natsbus.StreamOptions{}).Emit("x"); err == nil {
		t.Error("an event is kept by nobody")
	}
}

// Of many that ask for a session one gets it, and what isn't asked for goes.
func TestSessionsInABucket(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
	bus, _ := b.inert(t, "a", natsbus.StreamOptions{})
	other, _ := b.inert(t, "b", natsbus.StreamOptions{})
	nodetest.Until(t, "both are there", func() bool { return bus.Health() == nil && other.Health() == nil })
	for range 10 {
		must(t, bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "p", SID: "old"}, time.Minute))
		must(t, other.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "p", SID: "s", Rooms: []string{"한 방"}}, time.Minute))
		type result struct {
			s   *socketio.BusSession
			err error
		}
		results := make(chan result)
		for _, of := range []*natsbus.StreamBus{bus, other, bus, other} {
			go func() { s, err := of.TakeSession(context.Background(), "/", "p"); results <- result{s, err} }()
		}
		got := 0
		for range 4 {
			r := <-results
			must(t, r.err)
			if r.s != nil {
				got++
				if r.s.SID != "s" || r.s.Rooms[0] != "한 방" {
					t.Errorf("%+v", r.s)
				}
			}
		}
		if got != 1 {
			t.Fatalf("%d got it", got)
		}
	}
	must(t, bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "q"}, 0))
	nodetest.Until(t, "it goes", func() bool { s, err := bus.TakeSession(t.Context(), "/x", "q"); return s == nil && err == nil })
	time.Sleep(3 * time.Second)
	if s, err := bus.TakeSession(t.Context(), "/", "q"); s != nil || err != nil {
		t.Errorf("a session is kept for ever: %v, %v", s, err)
	}
}
