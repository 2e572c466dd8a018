package socketio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func TestAsk(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	type pair struct {
		socketio.Tuple
		N int
		B []byte
	}
	sum := socketio.NewCall[[]int, int]("sum")
	two := socketio.NewCall[socketio.None, pair]("two")
	socketio.OnCall(ns, "go", func(c ctx, so socket, n int) (int, error) { return sum.Ask(c, so, []int{n, 1}) })
	m := s.member(t)

	t.Run("inside a handler of the same socket", func(t *testing.T) {
		m.send(`21["go",1]`)
		m.expect(`20["sum",[1,1]]`)
		m.send(`30[2]`)
		m.expect(`31[2]`)
	})
	t.Run("several arguments and bytes", func(t *testing.T) {
		got := make(chan pair, 1)
		go func() {
			p, err := two.Ask(t.Context(), m.so, socketio.None{})
			if err != nil {
				t.Error(err)
			}
			got <- p
		}()
		m.expect(`21["two"]`)
		m.send(`61-1[5,{"_placeholder":true,"num":0}]`, "b:xyz")
		if p := receive(t, got); p.N != 5 || string(p.B) != "xyz" {
			t.Error(p)
		}
	})
	t.Run("untyped", func(t *testing.T) {
		got := make(chan []any, 1)
		go func() {
			a, err := m.so.Ask(t.Context(), "q", "a", 1)
			v, verr := a.Values()
			if err = errors.Join(err, verr); err != nil || a.Len() != 2 {
				t.Error(a.Len(), err)
			}
			got <- v
		}()
		m.expect(`22["q","a",1]`)
		m.send(`32["x",{"a":[1]}]`)
		if v := receive(t, got); len(v) != 2 || v[0] != "x" {
			t.Error(v)
		}
	})
	t.Run("not in middleware", func(t *testing.T) {
		s := start(t, socketio.Options{})
		s.Of("/").Use(func(c ctx, so socket) error {
			if _, err := so.Ask(c, "q"); err != socketio.ErrNotConnected {
				t.Error(err)
			}
			return nil
		})
		s.client(t)
	})
	ask := func(c context.Context) chan error {
		done := make(chan error, 1)
		go func() {
			_, err := sum.Ask(c, m.so, nil)
			done <- err
		}()
		return done
	}
	t.Run("an answer of another type", func(t *testing.T) {
		done := ask(t.Context())
		m.expect(`23["sum",[]]`)
		m.send(`33["x"]`)
		var e *socketio.Error
		if err := receive(t, done); !errors.As(err, &e) || e.Code != socketio.CodeBadPayload {
			t.Error(err)
		}
	})
	t.Run("the context ends, and the answer comes too late", func(t *testing.T) {
		c, expire := expiring(t)
		done := ask(c)
		m.expect(`24["sum",[]]`)
		expire()
		if err := receive(t, done); err != context.DeadlineExceeded {
			t.Error(err)
		}
		if n := socketio.Waiting(m.so); n != 0 {
			t.Error(n, "wait")
		}
		m.send(`34[1]`, `34[1]`, `3999[1]`)
	})
	t.Run("a context that has ended", func(t *testing.T) {
		c, cancel := context.WithCancel(t.Context())
		cancel()
		if err := receive(t, ask(c)); err != context.Canceled {
			t.Error(err)
		}
	})
	t.Run("the client leaves", func(t *testing.T) {
		done := ask(t.Context())
		m.expect(`25["sum",[]]`)
		m.send("1")
		if err := receive(t, done); err != socketio.ErrDisconnected {
			t.Error(err)
		}
		if n := socketio.Waiting(m.so); n != 0 {
			t.Error(n, "wait")
		}
		if err := receive(t, ask(t.Context())); err != socketio.ErrClosed {
			t.Error(err)
		}
	})
}

func TestContextEndsWithTheSocket(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	ends := make(chan string, 8)
	socketio.On(ns, "wait", func(_ ctx, so socket, how string) error {
		c := so.Context()
		if how != "after" {
			if err := so.Emit("waiting"); err != nil {
				return err
			}
		}
		switch how {
		case "done":
			<-c.Done()
		case "derived":
			d, cancel := context.WithTimeout(c, time.Hour)
			defer cancel()
			<-d.Done()
		case "after":
			called := make(chan struct{})
			context.AfterFunc(c, func() { close(called) })
			stop := context.AfterFunc(c, func() { t.Error("was stopped") })
			if !stop() || stop() {
				t.Error("stop")
			}
			if err := so.Emit("waiting"); err != nil {
				return err
			}
			<-called
		}
		if c.Err() != context.Canceled {
			t.Error(c.Err())
		}
		late := make(chan struct{})
		context.AfterFunc(c, func() { close(late) })
		<-late
		<-c.Done()
		ends <- how
		return nil
	})
	for _, how := range []string{"done", "derived", "after"} {
		w := s.client(t)
		w.send(`2["wait","` + how + `"]`)
		w.expect(`2["waiting"]`)
		w.send("1")
		if got := receive(t, ends); got != how {
			t.Error(got)
		}
	}
}

func TestEventsBeforeTheEnd(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	steps := make(chan string, 8)
	hold := make(chan struct{})
	socketio.On(ns, "step", func(_ ctx, so socket, v string) error {
		<-hold
		steps <- v
		return nil
	})
	socketio.On(ns, "kick", func(_ ctx, so socket, _ socketio.None) error {
		<-hold
		so.Disconnect()
		return nil
	})
	ns.OnDisconnect(func(_ socket, why socketio.Reason) { steps <- string(why) })

	t.Run("are handled when the client left", func(t *testing.T) {
		w := s.client(t)
		w.send(`2["step","a"]`, `2["step","b"]`, "1")
		eventually(t, "left", func() bool { return ns.CountLocalSockets() == 0 })
		close(hold)
		for _, want := range []string{"a", "b", "client namespace disconnect"} {
			if got := receive(t, steps); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		}
	})
	t.Run("are dropped when the server ended it", func(t *testing.T) {
		hold = make(chan struct{})
		w := s.client(t)
		w.send(`2["kick"]`, `2["step","a"]`, `2["step","b"]`)
		eventually(t, "all have arrived", func() bool {
			for so := range ns.Sockets() {
				return socketio.InboxLen(so) == 3
			}
			return false
		})
		close(hold)
		if got := receive(t, steps); got != "server namespace disconnect" {
			t.Error(got)
		}
	})
}
