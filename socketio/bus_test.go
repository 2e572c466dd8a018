package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A jsonBus is a bus of a network in little: nothing but the bytes of JSON passes.
type jsonBus struct{ socketio.Bus }

func (b jsonBus) Publish(m *socketio.BusMessage) error {
	copied, err := overWire(m)
	if err != nil {
		return err
	}
	return b.Bus.Publish(copied)
}

func (b jsonBus) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	copied, err := overWire(m)
	if err != nil {
		return nil, err
	}
	return b.Bus.Ask(ctx, copied)
}

func overWire(m *socketio.BusMessage) (*socketio.BusMessage, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	copied := new(socketio.BusMessage)
	return copied, json.Unmarshal(data, copied)
}

// A joint makes the bus of one more server.
type joint func() socketio.Bus

func overMemory() joint { return new(socketio.MemoryBus).Node }

func overJSON() joint {
	bus := new(socketio.MemoryBus)
	return func() socketio.Bus { return jsonBus{bus.Node()} }
}

// overBuses runs a test with messages that pass as they are, and as JSON.
func overBuses(t *testing.T, f func(t *testing.T, node joint)) {
	t.Run("memory", func(t *testing.T) { f(t, overMemory()) })
	t.Run("JSON", func(t *testing.T) { f(t, overJSON()) })
}

// A cluster is two servers on one bus, with one member each.
func cluster(t *testing.T, node joint) (a, b *server, ma, mb member) {
	a, b = start(t, socketio.Options{Bus: node()}), start(t, socketio.Options{Bus: node()})
	echo(a.Of("/"))
	echo(b.Of("/"))
	return a, b, a.member(t, "r", "a"), b.member(t, "r", "b")
}

func TestBus(t *testing.T) { overBuses(t, testBus) }

func testBus(t *testing.T, node joint) {
	a, b, ma, mb := cluster(t, node)
	na, nb := a.Of("/"), b.Of("/")
	alone := a.Of("/alone") // unknown to the other server
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(na.Emit("x", "y", []byte("b")))
	ma.expect(`51-["x","y",{"_placeholder":true,"num":0}]`, "b:b")
	mb.expect(`51-["x","y",{"_placeholder":true,"num":0}]`, "b:b")
	posted := socketio.NewEvent[map[string]int]("posted")
	must(posted.Emit(ma.so.To("r").Except("none"), map[string]int{"n": 1}))
	mb.expect(`2["posted",{"n":1}]`)
	must(na.Local().Emit("local"))
	must(na.Except(mb.so.ID()).Emit("except"))
	must(na.To().Emit("nobody"))
	ma.expect(`2["local"]`, `2["except"]`)
	ma.settled()
	mb.settled()

	t.Run("fetch", func(t *testing.T) {
		name := socketio.NewKey[string]("name")
		name.Set(mb.so, "b")
		infos, err := na.FetchSockets(t.Context())
		if err != nil || len(infos) != 2 || infos[1].ID != mb.so.ID() {
			t.Fatal(infos, err)
		}
		if data, ok := name.In(infos[1]); !ok || data != "b" {
			t.Error(data, ok)
		}
		if infos, err := alone.FetchSockets(t.Context()); err != nil || len(infos) != 0 {
			t.Error(infos, err)
		}
	})
	t.Run("count", func(t *testing.T) {
		c, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		for i, want := range []struct {
			of interface {
				CountSockets(context.Context) (int, error)
			}
			count int
		}{{na, 2}, {na.To("b"), 1}, {na.Except("b"), 1}, {na.To("a", "b", "r"), 2}, {na.Local(), 1}, {na.To(), 0}, {ma.so.Broadcast(), 1}, {alone, 0}} {
			if n, err := want.of.CountSockets(c); n != want.count || err != nil {
				t.Errorf("count %d: %d, %v, want %d", i, n, err, want.count)
			}
		}
		if n := na.CountLocalSockets(); n != 1 {
			t.Error(n, "in this process")
		}
	})
	t.Run("ask all", func(t *testing.T) {
		done := survey(t.Context(), na)
		ma.expect(`2…`)
		mb.expect(`2…`)
		ma.send(`30[1]`)
		mb.send(`30[2]`)
		got := receive(t, done)
		slices.Sort(got)
		if len(got) != 2 || got[0] != " 2 <nil>" || !strings.HasSuffix(got[1], " 1 <nil>") {
			t.Error(got)
		}
		if got := receive(t, survey(t.Context(), alone)); got != nil {
			t.Error(got)
		}
		c, expire := expiring(t)
		done = survey(c, na.To("b"))
		mb.expect(`2…`)
		expire()
		if got := receive(t, done); !slices.Equal(got, []string{" 0 context deadline exceeded"}) {
			t.Error(got)
		}
		eventually(t, "the other server has given up too", func() bool { return socketio.Waiting(mb.so) == 0 })
	})
	t.Run("nobody", func(t *testing.T) { // whom no server is asked for
		if infos, err := na.To().FetchSockets(t.Context()); err != nil || len(infos) != 0 {
			t.Error(infos, err)
		}
		for id, r := range na.To().Ask(t.Context(), "x") {
			t.Error(id, r)
		}
	})
	t.Run("server events", func(t *testing.T) {
		came := make(chan string, 1)
		nb.OnServerEvent("tell", func(_ context.Context, a socketio.Args) (any, error) {
			v, err := a.Values()
			came <- fmt.Sprint(v)
			return nil, err
		})
		nb.OnServerEvent("double", func(_ context.Context, a socketio.Args) (any, error) {
			var n int
			return 2 * n, errors.Join(a.Decode(0, &n), nil)
		})
		nb.OnServerEvent("fail", func(context.Context, socketio.Args) (any, error) {
			return nil, &socketio.Error{Message: "no"}
		})
		nb.OnServerEvent("panic", func(context.Context, socketio.Args) (any, error) { panic("oh") })
		must(na.ServerSideEmit("tell", "a", 1))
		if got := receive(t, came); got != "[a 1]" {
			t.Error(got)
		}
		answers, err := na.ServerSideAsk(t.Context(), "double", 21)
		if err != nil || len(answers) != 1 || answers[0].Len() != 1 {
			t.Fatal(answers, err)
		}
		for event, want := range map[string]string{"fail": "no", "panic": "internal error", "unknown": socketio.ErrNoHandler.Error()} {
			if answers, err := na.ServerSideAsk(t.Context(), event); err == nil || !strings.Contains(err.Error(), want) || len(answers) != 0 {
				t.Error(event, answers, err)
			}
		}
		if _, err := na.ServerSideAsk(t.Context(), "x", make(chan int)); err == nil {
			t.Error("a channel was sent")
		}
	})
	t.Run("join, leave, disconnect", func(t *testing.T) {
		must(na.SocketsJoin("new"))
		must(na.To("b").SocketsLeave("r"))
		must(na.To("new").Emit("last"))
		must(na.To("new").CloseConnections())
		ma.expect(`2["last"]`, "1", closed)
		mb.expect(`2["last"]`, "1", closed)
	})
}

// Nobody waits for a server that was closed.
func TestServerLeavesTheBus(t *testing.T) {
	node := overMemory()
	a, gone := start(t, socketio.Options{Bus: node()}), start(t, socketio.Options{Bus: node()})
	a.member(t)
	gone.member(t)
	if err := gone.Close(); err != nil {
		t.Fatal(err)
	}
	if infos, err := a.Of("/").FetchSockets(t.Context()); err != nil || len(infos) != 1 {
		t.Error(infos, err)
	}
}

// A deaf bus loses everything, or fails.
type deaf struct{ err error }

func (deaf) Start(socketio.BusServer) (stop func()) { return func() {} }
func (d deaf) Publish(*socketio.BusMessage) error   { return d.err }

func (d deaf) Ask(context.Context, *socketio.BusMessage) ([]string, error) {
	if d.err != nil {
		return nil, d.err
	}
	return []string{"two", "one"}, nil
}

func (d deaf) Peers(context.Context) ([]string, error) { return []string{"two", "one"}, d.err }

func TestServersThatDontAnswer(t *testing.T) {
	s := start(t, socketio.Options{Bus: deaf{}})
	m := s.member(t)
	c, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	infos, err := s.Of("/").FetchSockets(c)
	if len(infos) != 1 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 of 2 servers") {
		t.Error(infos, err)
	}
	if n, err := s.Of("/").CountSockets(c); n != 1 || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "2 of 2 servers") {
		t.Error(n, err)
	}
	var replies []string
	for id, r := range s.Of("/").Ask(c, "x") {
		replies = append(replies, strings.TrimPrefix(id, m.so.ID())+r.Err.Error())
	}
	want := []string{"context deadline exceeded", "socketio: 2 of 2 servers didn't answer (one, two): context deadline exceeded"}
	if !slices.Equal(replies, want) || socketio.Requests(s.Server) != 0 {
		t.Error(replies, socketio.Requests(s.Server))
	}
}

func TestABusThatFails(t *testing.T) {
	broken := errors.New("broken")
	s := start(t, socketio.Options{Bus: deaf{broken}})
	m := s.member(t)
	if err := s.Of("/").Emit("x"); !errors.Is(err, broken) {
		t.Error(err)
	}
	m.expect(`2["x"]`) // those of this process get it all the same
	if _, err := s.Of("/").FetchSockets(t.Context()); !errors.Is(err, broken) {
		t.Error(err)
	}
	if n, err := s.Of("/").CountSockets(t.Context()); n != 1 || !errors.Is(err, broken) {
		t.Error(n, err)
	}
	if err := s.Of("/").DisconnectSockets(); !errors.Is(err, broken) {
		t.Error(err)
	}
	m.expect("1")
}

// Surveys, joins and disconnects from everywhere leave nothing behind.
func TestOperationsAtOnce(t *testing.T) { overBuses(t, testOperationsAtOnce) }

func testOperationsAtOnce(t *testing.T, node joint) {
	a, b, _, _ := cluster(t, node)
	var all sync.WaitGroup
	for i := range 8 {
		s := []*server{a, b}[i%2]
		all.Go(func() {
			for range 20 {
				c, cancel := context.WithTimeout(t.Context(), time.Millisecond)
				for range s.Of("/").Ask(c, "q") {
				}
				_, _ = s.Of("/").FetchSockets(c)
				_, _ = s.Of("/").CountSockets(c)
				_ = s.Of("/").SocketsJoin(fmt.Sprint("r", i))
				_ = s.Of("/").SocketsLeave(fmt.Sprint("r", i))
				cancel()
			}
		})
	}
	all.Wait()
	eventually(t, "no request is left", func() bool { return socketio.Requests(a.Server)+socketio.Requests(b.Server) == 0 })
	for _, s := range []*server{a, b} {
		for so := range s.Of("/").Sockets() {
			eventually(t, "no question is left", func() bool { return socketio.Waiting(so) == 0 })
		}
	}
}

func TestServerEventMisuse(t *testing.T) { overBuses(t, testServerEventMisuse) }

func testServerEventMisuse(t *testing.T, node joint) {
	a, b, ma, mb := cluster(t, node)
	handler := func(context.Context, socketio.Args) (any, error) { return make(chan int), nil }
	b.Of("/").OnServerEvent("x", handler)
	defer func() {
		if recover() == nil {
			t.Error("a second handler was accepted")
		}
	}()
	if err := a.Of("/").ServerSideEmit("x", make(chan int)); err == nil {
		t.Error("a channel was sent")
	}
	if _, err := a.Of("/").ServerSideAsk(t.Context(), "x"); err == nil {
		t.Error("a channel was answered")
	}
	if err := ns(ma).Emit("x", make(chan int)); err == nil {
		t.Error("a channel was emitted")
	}
	// One that leaves is told to whoever asks, wherever.
	done := survey(t.Context(), a.Of("/").Except(ma.so.ID()))
	mb.expect(`2…`)
	mb.gone()
	if got := receive(t, done); !slices.Equal(got, []string{" 0 " + socketio.ErrDisconnected.Error()}) {
		t.Error(got)
	}
	b.Of("/").OnServerEvent("x", handler)
}

func ns(m member) *socketio.Namespace { return m.so.Namespace() }
