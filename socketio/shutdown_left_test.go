package socketio_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// stuck registers a handler that doesn't return before release is closed.
func stuck(t *testing.T, ns *socketio.Namespace) (entered chan bool, release func()) {
	entered = make(chan bool, 10)
	done := make(chan struct{})
	release = sync.OnceFunc(func() { close(done) })
	t.Cleanup(release)
	socketio.On(ns, "stuck", func(ctx, socket, socketio.None) error {
		entered <- true
		<-done
		return nil
	})
	return entered, release
}

func ended(t *testing.T) context.Context {
	c, cancel := context.WithCancel(t.Context())
	cancel()
	return c
}

func TestShutdownTellsWhatWasLeft(t *testing.T) {
	t.Run("nothing", func(t *testing.T) {
		s := start(t, socketio.Options{})
		if err := s.Shutdown(ended(t)); err != nil {
			t.Error(err)
		}
		if err := s.Shutdown(ended(t)); err != nil {
			t.Error("a second time:", err)
		}
	})
	t.Run("idle clients", func(t *testing.T) {
		s := start(t, socketio.Options{})
		ends := make(chan socketio.Reason, 3)
		s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
		for range 3 {
			s.client(t)
		}
		if err := s.Shutdown(ended(t)); err != nil {
			t.Error(err)
		}
		for range 3 {
			receive(t, ends)
		}
	})
	t.Run("connections", func(t *testing.T) {
		s := start(t, socketio.Options{ShutdownBatch: 2})
		for range 5 {
			s.client(t)
		}
		err := s.Shutdown(ended(t))
		if !errors.Is(err, context.Canceled) || err.Error() != "socketio: shutdown: connections closed all at once: 3: context canceled" {
			t.Error(err)
		}
	})
	t.Run("handlers", func(t *testing.T) {
		s := start(t, socketio.Options{})
		entered, release := stuck(t, s.Of("/"))
		w, other := s.client(t), s.client(t)
		s.client(t)
		w.send(`2["stuck"]`, `2["stuck"]`)
		other.send(`2["stuck"]`)
		receive(t, entered)
		receive(t, entered)
		err := s.Shutdown(ended(t))
		left, ok := errors.AsType[*socketio.ShutdownError](err)
		if !ok || left.Handlers != 2 || left.Sockets != 2 || left.Connections != 0 || left.Bytes != 0 || strings.Count(err.Error(), "handlers are still at work") != 1 {
			t.Errorf("%v %+v", err, left)
		}
		release()
		eventually(t, "the handlers are done", func() bool { return s.Shutdown(t.Context()) == nil })
	})
	t.Run("handlers that end in the second half", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			s := startInside(t, socketio.Options{})
			socketio.On(s.Of("/"), "slow", func(c ctx, so socket, _ socketio.None) error {
				<-so.Context().Done()
				return nil
			})
			w := s.client(t)
			w.send(`2["slow"]`)
			eventually(t, "it has come", func() bool { return count(s, socketio.InboxLen) > 0 })
			c, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := s.Shutdown(c); err == nil || err.Error() != "socketio: shutdown: sockets with unhandled events: 1: context deadline exceeded" {
				t.Error(err)
			}
		})
	})
	t.Run("bytes", func(t *testing.T) {
		s := start(t, socketio.Options{})
		request := s.poll(t, "EIO=4")
		request("POST", "40")
		request("GET", "")
		if err := s.Of("/").Emit("x", strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
		var so socket
		for so = range s.Of("/").Sockets() {
		}
		if err := so.Drain(ended(t)); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), " bytes unsent: ") {
			t.Error(err)
		}
		left, ok := errors.AsType[*socketio.ShutdownError](s.Shutdown(ended(t)))
		if !ok || left.Bytes < 1000 || left.Handlers+left.Sockets+left.Connections != 0 {
			t.Errorf("%+v", left)
		}
	})
}

func count(s *server, f func(socket) int) (n int) {
	for so := range s.Of("/").Sockets() {
		n += f(so)
	}
	return n
}

// Whoever else ends the server meanwhile takes nothing away from it, and the event is sent once.
func TestShutdownTwiceAndBesideClose(t *testing.T) {
	s := start(t, socketio.Options{ShutdownEvent: "moving", ShutdownBatch: 1, ShutdownPause: time.Hour})
	entered, release := stuck(t, s.Of("/"))
	clients := []*wire{s.client(t), s.client(t), s.client(t)}
	clients[0].send(`2["stuck"]`)
	receive(t, entered)
	done := make(chan error, 2)
	for range 2 {
		go func() { done <- s.Shutdown(t.Context()) }()
	}
	for _, w := range clients {
		w.expect(`2["moving"]`)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	for _, w := range clients {
		w.expect(closed)
	}
	release()
	for range 2 {
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
	}
}
