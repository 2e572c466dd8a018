package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// trapInbox is the size of an inbox in the tests of traps: the event that springs the trap and
// those that fill the rest.
const trapInbox = 4

// trap runs a test of something that would hang a careless server: with an empty inbox and with a
// full one, whose connection isn't read any more. The clock is virtual, so a hang costs no time.
// Fill sends events that wait behind the one that was sent before.
func trap(t *testing.T, o socketio.Options, f func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func())) {
	for _, full := range []bool{false, true} {
		t.Run(fmt.Sprint("full inbox: ", full), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o.InboxEvents = trapInbox
				s := siotest.NewServer(t, o)
				ns := s.Of("/")
				socketio.OnCall(ns, "add", func(_ ctx, _ socket, n int) (int, error) { return n + 1, nil })
				socketio.On(ns, "filler", func(ctx, socket, int) error { return nil })
				c := siotest.Dial(t, s, "/", siotest.Options{})
				f(t, s, c, func() {
					if !full {
						return
					}
					synctest.Wait() // the event before is at work
					for i := range trapInbox - 1 {
						c.Emit("filler", i)
					}
					synctest.Wait()
					if so, ok := ns.Socket(c.ID()); ok && socketio.InboxLen(so) != trapInbox {
						t.Errorf("%d events are in the inbox", socketio.InboxLen(so))
					}
				})
			})
		})
	}
}

// alive checks that a client is served.
func alive(c *siotest.Client) { c.ExpectReply("add", []any{1}, 2) }

func TestTrapAskInAHandler(t *testing.T) {
	trap(t, socketio.Options{}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		ready := make(chan struct{})
		ask := socketio.NewCall[int, int]("ask")
		question := socketio.NewCall[int, int]("question")
		ask.Handle(s.Of("/"), func(ctx ctx, so socket, n int) (int, error) {
			<-ready
			n, err := question.Ask(ctx, so, n)
			if err != nil {
				return 0, err
			}
			return question.Ask(ctx, so, n) // and once more
		})
		question.On(c, func(_ ctx, n int) (int, error) { return n * 2, nil })
		answered := make(chan socketio.Args)
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			got, err := c.TryAsk(ctx, "ask", 3)
			if err != nil {
				t.Error(err)
			}
			answered <- got
		}()
		fill()
		close(ready)
		if got := siotest.First[int](t, <-answered); got != 12 {
			t.Error(got)
		}
		alive(c)
	})
}

func TestTrapSurveyInAHandler(t *testing.T) {
	trap(t, socketio.Options{}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		ready := make(chan struct{})
		ns := s.Of("/")
		socketio.On(ns, "all", func(ctx ctx, _ socket, _ int) error {
			<-ready
			n := 0
			for range ns.Ask(ctx, "question") { // the asker is among them
				n++
			}
			return ns.Emit("answers", n)
		})
		other := siotest.Dial(t, s, "/", siotest.Options{})
		for _, client := range []*siotest.Client{c, other} {
			client.OnEvent("question", func(ctx, socketio.Args) (any, error) { return true, nil })
		}
		c.Emit("all")
		fill()
		close(ready)
		c.Expect("answers", 2)
		alive(c)
	})
}

func TestTrapDisconnectInADisconnectHandler(t *testing.T) {
	for name, whole := range map[string]bool{"socket": false, "connection": true} {
		t.Run(name, func(t *testing.T) {
			trap(t, socketio.Options{}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
				ready := make(chan struct{})
				var ended atomic.Int32
				other := siotest.Dial(t, s, "/", siotest.Options{})
				s.Of("/").OnDisconnect(func(so socket, _ socketio.Reason) {
					ended.Add(1)
					leave(so, whole)
					for x := range so.Namespace().Sockets() {
						leave(x, whole) // which brings the others here
					}
					if _, err := so.Ask(context.Background(), "q"); !errors.Is(err, socketio.ErrClosed) {
						t.Error(err)
					}
				})
				socketio.On(s.Of("/"), "bye", func(_ ctx, so socket, _ int) error {
					<-ready
					leave(so, whole)
					leave(so, !whole)
					return nil
				})
				c.Emit("bye")
				fill()
				close(ready)
				for _, client := range []*siotest.Client{c, other} {
					if why := client.Reason(); why != socketio.ReasonServerDisconnect {
						t.Error(why)
					}
				}
				eventually(t, "OnDisconnect runs twice", func() bool { return ended.Load() == 2 })
				if s.Of("/").CountLocalSockets() != 0 {
					t.Error("the namespace isn't empty")
				}
			})
		})
	}
}

func TestTrapOfInAHandler(t *testing.T) {
	trap(t, socketio.Options{}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		ready := make(chan struct{})
		parent := s.OfFunc(func(_ ctx, name string, _ *socketio.Handshake) bool {
			s.Of(name + "/beside") // while the server looks for a namespace
			return strings.HasPrefix(name, "/dynamic")
		})
		parent.OnConnect(func(_ ctx, so socket) error {
			s.Of("/made-in-connect").OnConnect(func(ctx, socket) error { return nil })
			return so.Emit("hello", so.Namespace().Name())
		})
		parent.OnDisconnect(func(socket, socketio.Reason) { s.Of("/made-in-disconnect") })
		socketio.On(s.Of("/"), "make", func(_ ctx, so socket, name string) error {
			<-ready
			made := s.Of(name)
			socketio.OnCall(made, "name", func(_ ctx, so socket, _ socketio.None) (string, error) { return so.Namespace().Name(), nil })
			socketio.On(so.Namespace(), "new", func(ctx, socket, int) error { return nil })
			return so.Emit("made")
		})
		c.Emit("make", "/fresh")
		fill()
		close(ready)
		c.Expect("made")
		c.Join("/fresh", nil).ExpectReply("name", nil, "/fresh")
		dynamic := c.Join("/dynamic/1", nil)
		dynamic.Expect("hello", "/dynamic/1")
		dynamic.Disconnect()
		dynamic.Reason()
		for _, name := range []string{"/made-in-connect", "/made-in-disconnect", "/dynamic/1/beside"} {
			c.Join(name, nil)
		}
		alive(c)
	})
}

func TestTrapAHandlerThatNeverReturns(t *testing.T) {
	trap(t, socketio.Options{}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		forever := make(chan struct{})
		defer close(forever)
		ns := s.Of("/")
		socketio.On(ns, "hang", func(ctx, socket, int) error { <-forever; return nil })
		other := siotest.Dial(t, s, "/", siotest.Options{})
		side := siotest.Dial(t, s, "/", siotest.Options{})
		s.Of("/side")
		c.Emit("hang")
		fill()
		alive(other)
		if err := ns.To(c.ID(), other.ID()).Emit("x"); err != nil {
			t.Error(err)
		}
		c.Expect("x")
		other.Expect("x")
		time.Sleep(time.Hour) // of heartbeats
		if !c.Connected() {
			t.Error("the client was given up")
		}
		alive(other)
		so, _ := ns.Socket(c.ID())
		c.OnEvent("question", func(ctx, socketio.Args) (any, error) { return 1, nil })
		short, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := so.Ask(short, "question"); err != nil {
			t.Error("an Ask beside the handler:", err)
		}
		so.CloseConnection()
		if c.Connected() && so.Connected() {
			t.Error("connected after Disconnect")
		}
		synctest.Wait()
		if ns.CountLocalSockets() != 2 || s.CountConnections() != 2 {
			t.Error("a handler that hangs keeps the client:", ns.CountLocalSockets(), s.CountConnections())
		}
		alive(side)
	})
}

// Clients and server emit as fast as they can; nobody waits for the other in a circle.
func TestTrapStormsBothWays(t *testing.T) {
	const events, clients = 500, 4
	trap(t, socketio.Options{MaxQueue: -1}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		ns := s.Of("/")
		ready := make(chan struct{})
		socketio.On(ns, "wait", func(ctx, socket, int) error { <-ready; return nil })
		socketio.On(ns, "storm", func(_ ctx, so socket, n int) error {
			if err := ns.Emit("all", n); err != nil {
				return err
			}
			return so.Emit("back", n)
		})
		storm := []*siotest.Client{c}
		for range clients - 1 {
			storm = append(storm, siotest.Dial(t, s, "/", siotest.Options{}))
		}
		c.Emit("wait")
		fill()
		var senders sync.WaitGroup
		for _, client := range storm {
			senders.Go(func() {
				for n := range events {
					client.Emit("storm", n)
				}
			})
		}
		senders.Go(func() {
			for n := range events {
				if err := ns.Emit("server", n); err != nil {
					t.Error(err)
				}
			}
		})
		close(ready)
		senders.Wait()
		for _, client := range storm {
			next := map[string]int{}
			for range clients*events + 2*events {
				e := client.Next()
				n := siotest.First[int](t, e.Args)
				if e.Name != "all" && n != next[e.Name] {
					t.Fatalf("%s %d came, not %d", e.Name, n, next[e.Name])
				}
				next[e.Name]++
			}
			if next["all"] != clients*events || next["back"] != events || next["server"] != events {
				t.Error(next)
			}
			alive(client)
		}
	})
}

// A client that sends a flood and reads nothing costs what the limits say, and ends as a slow one.
func TestTrapAStormWithoutReading(t *testing.T) {
	trap(t, socketio.Options{MaxQueue: 4 << 10}, func(t *testing.T, s *socketio.Server, c *siotest.Client, fill func()) {
		ns := s.Of("/")
		ready := make(chan struct{})
		socketio.On(ns, "wait", func(ctx, socket, int) error { <-ready; return nil })
		socketio.On(ns, "storm", func(_ ctx, so socket, n int) error { return so.Emit("back", strings.Repeat("x", 100)) })
		other := siotest.Dial(t, s, "/", siotest.Options{})
		c.Emit("wait")
		fill()
		c.Pause()
		for n := range 1000 {
			c.Emit("storm", n)
		}
		close(ready)
		if why := c.Reason(); why != socketio.ReasonSlow {
			t.Error(why)
		}
		alive(other)
	})
}

// Clients that have fallen asleep together end together: nobody's close frame holds up the
// heartbeats of others.
func TestTrapDeadClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := siotest.NewServer(t, socketio.Options{})
		var dead []*siotest.Client
		for range 30 {
			c := siotest.Dial(t, s, "/", siotest.Options{Patience: 10 * time.Minute})
			c.Pause()
			dead = append(dead, c)
		}
		began := time.Now()
		for _, c := range dead {
			c.Reason()
		}
		if took := time.Since(began); took > 47*time.Second {
			t.Errorf("the last one ended after %v", took)
		}
	})
}
