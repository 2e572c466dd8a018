package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A table is a database: it stores nothing for a context that has ended.
type table struct{ rows atomic.Int32 }

func (t *table) insert(c ctx) error {
	query, cancel := context.WithTimeout(c, patience)
	defer cancel()
	select {
	case <-query.Done():
		return fmt.Errorf("insert: %w", query.Err())
	case <-time.After(time.Millisecond):
	}
	t.rows.Add(1)
	return query.Err()
}

// What a client sent before it left is carried through: the first handler of each client doesn't
// begin before it has left.
func TestAcceptedEventsOutliveTheirClient(t *testing.T) {
	const clients, events = 10, 10
	for _, transport := range []string{"websocket", "polling", "siotest"} {
		t.Run(transport, func(t *testing.T) {
			var db table
			told := newReporter()
			s := start(t, socketio.Options{OnError: told.onError})
			ns := s.Of("/")
			socketio.On(ns, "row", func(c ctx, so socket, _ int) error {
				<-so.Context().Done()
				return db.insert(c)
			})
			over := make(chan socketio.Reason, clients)
			ns.OnDisconnect(func(_ socket, why socketio.Reason) { over <- why })
			var leave []func()
			for range clients {
				leave = append(leave, s.sender(t, transport, events))
			}
			eventually(t, "all events have come", func() bool { return count(s, socketio.InboxLen) == clients*events })
			for _, f := range leave {
				f()
			}
			for range clients {
				receive(t, over)
			}
			if n := db.rows.Load(); n != clients*events {
				t.Errorf("%d of %d rows are stored", n, clients*events)
			}
			told.quiet(t)
		})
	}
}

// sender connects a client that sends rows. The returned function lets it leave without a word.
func (s *server) sender(t *testing.T, transport string, rows int) (leave func()) {
	t.Helper()
	if transport == "siotest" {
		c := siotest.Dial(t, s.Server, "/", siotest.Options{})
		for i := range rows {
			c.Emit("row", i)
		}
		return c.Drop
	}
	p, err := launch(t.Context(), http.DefaultClient, s.url, transport, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.gone)
	if err := p.send("40"); err != nil {
		t.Fatal(err)
	}
	receive(t, p.joins)
	for i := range rows {
		if err := p.send(fmt.Sprintf(`42["row",%d]`, i)); err != nil {
			t.Fatal(err)
		}
	}
	return p.gone
}

// However a function ends, its context ends with it, for who asked before and who does later; the
// values stay.
func TestContextsEndWithTheirFunction(t *testing.T) {
	type key struct{}
	s := start(t, socketio.Options{
		ConnContext: func(c context.Context, _ *http.Request) context.Context { return context.WithValue(c, key{}, "value") },
		OnError:     func(c context.Context, _ socket, _ string, _ error) { lives(t, "OnError", c) },
	})
	ns := s.Of("/")
	kept := make(chan ctx, 16)
	asked := make(chan ctx, 16)
	keep := func(c ctx) {
		lives(t, "a function", c)
		derived, cancel := context.WithCancel(c)
		context.AfterFunc(derived, cancel)
		asked <- derived
	}
	ns.Use(func(c ctx, _ socket) error { kept <- c; keep(c); return nil })
	ns.OnConnect(func(c ctx, _ socket) error { kept <- c; keep(c); return nil })
	how := map[string]func(){
		"return": func() {}, "panic": func() { panic("on purpose") }, "exit": runtime.Goexit, "fail": func() {},
	}
	for name, end := range how {
		socketio.On(ns, name, func(c ctx, _ socket, ask bool) error {
			if ask {
				keep(c)
			}
			kept <- c
			if end(); name == "fail" {
				return errors.New("on purpose")
			}
			return nil
		})
	}
	ns.OnAny(func(c ctx, _ socket, _ socketio.Incoming) { kept <- c })
	echo(ns)
	w := s.client(t)
	for name := range how {
		w.send(`2["`+name+`",false]`, `2["`+name+`",true]`)
	}
	for i := range 2 + 2*2*len(how) {
		c := receive(t, kept)
		receive(t, c.Done())
		if c.Err() != context.Canceled || context.Cause(c) != context.Canceled || c.Value(key{}) != "value" {
			t.Errorf("context %d: %v, %v, %v", i, c.Err(), context.Cause(c), c.Value(key{}))
		}
		late, cancel := context.WithCancel(c)
		if late.Err() == nil || context.WithoutCancel(c).Err() != nil {
			t.Error("a child of a context that has ended:", late.Err())
		}
		cancel()
	}
	for range 2 + len(how) {
		c := receive(t, asked)
		receive(t, c.Done())
		if c.Err() != context.Canceled || c.Value(key{}) != "value" {
			t.Error("a child:", c.Err(), c.Value(key{}))
		}
	}
	w.settled()
	if c := only(t, ns).Context(); c.Err() != nil {
		t.Error("the socket goes on:", c.Err())
	}
}

// lives fails when a context has ended.
func lives(t *testing.T, whose string, c ctx) {
	if c.Err() != nil {
		t.Errorf("the context of %s has ended: %v", whose, c.Err())
	}
}

// Nobody is let in who has left: a middleware that waits is told.
func TestContextOfMiddlewareEndsWithTheClient(t *testing.T) {
	s := start(t, socketio.Options{})
	waits, told := make(chan struct{}), make(chan error, 1)
	s.Of("/").Use(func(c ctx, so socket) error {
		close(waits)
		<-c.Done()
		told <- c.Err()
		return c.Err()
	})
	w := s.dial(t)
	w.send("0")
	receive(t, waits)
	w.gone()
	if err := receive(t, told); err != context.Canceled {
		t.Error(err)
	}
}

// Many ask at the moment at which a handler returns and its client leaves. All are told.
func TestContextsThatManyAsk(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	var asking sync.WaitGroup
	var told atomic.Int32
	socketio.On(ns, "ask", func(c ctx, so socket, _ socketio.None) error {
		for _, c := range []ctx{c, so.Context()} {
			for range 3 {
				asking.Go(func() {
					context.AfterFunc(c, func() { told.Add(1) })
					_ = c.Err()
					_ = c.Value("x")
					<-c.Done()
					if c.Err() != context.Canceled {
						t.Error(c.Err())
					}
				})
			}
		}
		return nil
	})
	const rounds = 200
	for i := range rounds {
		w := s.client(t)
		w.send(`2["ask"]`)
		if i%2 == 0 {
			w.settled()
		}
		w.gone()
	}
	eventually(t, "all are told", func() bool { return told.Load() == 6*rounds })
	asking.Wait()
}

// An event that failed because its context ended was asked for and not done: that is told, also
// when nobody is there to be answered.
func TestEventsThatEndUnfinishedAreTold(t *testing.T) {
	var told ledger
	s := start(t, socketio.Options{Logger: told.logger()})
	ns := s.Of("/")
	entered := make(chan struct{}, 2)
	socketio.On(ns, "gone", func(c ctx, so socket, wrapped bool) error {
		<-so.Context().Done()
		if wrapped {
			return errors.Join(socketio.ErrClosed, fmt.Errorf("insert: %w", context.Canceled))
		}
		return so.Context().Err()
	})
	socketio.On(ns, "slow", func(c ctx, _ socket, _ socketio.None) error {
		entered <- struct{}{}
		<-c.Done()
		return c.Err()
	})
	w := s.client(t)
	w.send(`2["gone",false]`, `2["gone",true]`, "1")
	eventually(t, "both are told", func() bool { return strings.Count(told.String(), "level=ERROR") == 2 })
	w = s.client(t)
	w.send(`2["slow"]`)
	receive(t, entered)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	told.says(t, `error="context canceled" cause="socketio: the server shuts down"`)
}

// The context of a handler comes with the memory of its event.
func TestContextsOfShortEventsAreNotAllocated(t *testing.T) {
	s := start(t, socketio.Options{})
	s.client(t)
	so := only(t, s.Of("/"))
	for _, size := range []int{0, 16, 17, 32, 33, 80, 100, 240} {
		if n := testing.AllocsPerRun(100, func() { socketio.Remember(so, size) }); n != 1 {
			t.Errorf("an event of %d bytes takes %v allocations", size, n)
		}
	}
	if n := testing.AllocsPerRun(100, func() { socketio.Remember(so, 4096) }); n > 2 {
		t.Errorf("a long event takes %v allocations", n)
	}
}
