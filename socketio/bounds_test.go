package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A listener that is too slow for the rooms holds up neither Join nor memory, and is told where it
// has missed something.
func TestSlowRoomListener(t *testing.T) {
	var log ledger
	s := start(t, socketio.Options{MaxRoomEvents: 4, Logger: log.logger()})
	ns := s.Of("/")
	events, entered, release := make(chan string, 100), make(chan bool, 1), make(chan struct{})
	ns.OnRoom(func(e socketio.RoomEvent) {
		if e.Room == "first" {
			select {
			case entered <- true:
				<-release
			default:
			}
		}
		if e.Kind == socketio.RoomsLost {
			events <- fmt.Sprint(e.Kind, " ", e.Namespace.Rooms())
			return
		}
		events <- fmt.Sprint(e.Kind, " ", e.Room)
	})
	so, _ := ns.Socket(s.dial(t).join("/"))
	join := func(rooms ...string) {
		t.Helper()
		if err := so.Join(rooms...); err != nil {
			t.Fatal(err)
		}
	}
	join("first")
	receive(t, entered) // it has been handed "first" alone: the rest waits
	for i := range 100 {
		join(fmt.Sprint("r", i))
		if i >= 1 {
			so.Leave(fmt.Sprint("r", i))
		}
	}
	eventually(t, "the developer knows", func() bool { return strings.Contains(log.String(), "OnRoom is too slow") })
	close(release)
	for _, want := range []string{"created first", "joined first", "created r0", "joined r0", "created r1", "joined r1", "lost [first r0]"} {
		if got := receive(t, events); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	join("last")
	for _, want := range []string{"created last", "joined last"} {
		if got := receive(t, events); got != want {
			t.Fatalf("got %q, want %q", got, want)
		}
	}
	if lines := log.warnings(); len(lines) != 1 || !strings.Contains(lines[0], "OnRoom is too slow") {
		t.Error(lines)
	}
}

// A bus with servers that never answer.
type deadBus struct {
	socketio.Bus
	dead int
}

func (b deadBus) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	asked, err := b.Bus.Ask(ctx, m)
	for i := range b.dead {
		asked = append(asked, fmt.Sprint("dead ", i))
	}
	return asked, err
}

// Whoever waits for a server that is gone gets to know how many are missing, without a deadline of
// its own.
func TestWaitsForServersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := new(socketio.MemoryBus)
		s := socketio.New(socketio.Options{Bus: deadBus{bus.Node(), 2}})
		defer s.Close()
		other := socketio.New(socketio.Options{Bus: bus.Node()})
		defer other.Close()
		other.Of("/").OnServerEvent("q", func(context.Context, socketio.Args) (any, error) { return 1, nil })
		ns := s.Of("/")
		for what, ask := range map[string]func(context.Context) error{
			"Count":        func(c context.Context) error { _, err := ns.CountSockets(c); return err },
			"FetchSockets": func(c context.Context) error { _, err := ns.FetchSockets(c); return err },
			"ServerSideAsk": func(c context.Context) error {
				got, err := ns.ServerSideAsk(c, "q")
				if len(got) != 1 {
					t.Error(got)
				}
				return err
			},
			"AskAll": func(c context.Context) (err error) {
				for id, r := range sum.AskAll(c, ns, nil) {
					if id != "" || err != nil {
						t.Error(id, r)
					}
					err = r.Err
				}
				return err
			},
		} {
			began := time.Now()
			err := ask(t.Context())
			if err == nil || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 of 3 servers didn't answer") {
				t.Errorf("%s: %v", what, err)
			}
			if d := time.Since(began); d != socketio.DefaultAnswerTimeout {
				t.Errorf("%s ended after %v", what, d)
			}
			c, cancel := context.WithTimeout(t.Context(), time.Hour)
			began = time.Now()
			if err := ask(c); err == nil {
				t.Error(what)
			}
			if d := time.Since(began); d != map[bool]time.Duration{false: time.Hour, true: socketio.DefaultAnswerTimeout}[what == "AskAll"] {
				t.Errorf("%s with a deadline ended after %v", what, d)
			}
			cancel()
			if n := socketio.Requests(s); n != 0 {
				t.Errorf("%s left %d requests", what, n)
			}
		}
	})
}

// A countingBus tells of sockets that never answer.
type countingBus struct {
	receive func(*socketio.BusMessage)
}

func (b *countingBus) Start(s socketio.BusServer) func() {
	b.receive = s.Receive
	return func() {}
}

func (b *countingBus) Publish(m *socketio.BusMessage) error              { return nil }
func (b *countingBus) Peers(context.Context) (names []string, err error) { return nil, nil }

func (b *countingBus) Ask(_ context.Context, m *socketio.BusMessage) ([]string, error) {
	go b.receive(&socketio.BusMessage{Kind: socketio.BusCount, From: "far", Request: m.Request, Count: 2})
	return []string{"far"}, nil
}

// A server that dies behind its count doesn't hold the asker either.
func TestAnswersOfADeadServerEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := socketio.New(socketio.Options{Bus: new(countingBus), AnswerTimeout: time.Second})
		defer s.Close()
		began := time.Now()
		var got []string
		for id, r := range sum.AskAll(t.Context(), s.Of("/"), nil) {
			got = append(got, fmt.Sprint(id, r.Err))
		}
		want := []string{context.DeadlineExceeded.Error(), context.DeadlineExceeded.Error()}
		if !slices.Equal(got, want) || time.Since(began) != time.Minute+time.Second {
			t.Error(got, time.Since(began))
		}
	})
}

func TestMemoryBusIsBounded(t *testing.T) {
	bus := &socketio.MemoryBus{MaxQueue: 3}
	sender, receiver := bus.Node(), bus.Node()
	entered, release := make(chan bool, 10), make(chan struct{})
	defer receiver.Start(socketio.BusServer{Name: "receiver", Receive: func(*socketio.BusMessage) { entered <- true; <-release }})()
	defer sender.Start(socketio.BusServer{Name: "sender", Receive: func(*socketio.BusMessage) {}})()
	must := func(n int) {
		t.Helper()
		for range n {
			if err := sender.Publish(new(socketio.BusMessage)); err != nil {
				t.Fatal(err)
			}
		}
	}
	must(1)
	receive(t, entered)
	must(3)
	if err := sender.Publish(new(socketio.BusMessage)); !errors.Is(err, socketio.ErrSlow) {
		t.Error(err)
	}
	close(release)
	for range 3 {
		receive(t, entered)
	}
	must(1)
}
