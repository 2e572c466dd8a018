package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

func TestShutdownTellsDrainsAndClosesInBatches(t *testing.T) {
	s := start(t, socketio.Options{ShutdownEvent: "moving", ShutdownBatch: 2, ShutdownPause: time.Millisecond})
	ns := s.Of("/")
	ends := make(chan socketio.Reason, 10)
	ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
	var clients []*wire
	for range 5 {
		clients = append(clients, s.client(t))
	}
	for i := range 50 {
		if err := ns.Emit("x", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	for _, w := range clients {
		for i := range 50 {
			w.expect(fmt.Sprintf(`2["x",%d]`, i))
		}
		// There is no DISCONNECT: that would keep clients from coming back.
		w.expect(`2["moving"]`, closed)
		if why := receive(t, ends); why != socketio.ReasonShutdown {
			t.Error(why)
		}
	}
}

// A client that reads nothing, and pauses that are too long, end with the context.
func TestShutdownInTime(t *testing.T) {
	s := start(t, socketio.Options{ShutdownBatch: 1, ShutdownPause: time.Hour})
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	w, other := s.client(t), s.client(t)
	if err := s.Of("/").Emit("x", strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
	for _, w := range []*wire{w, other} {
		w.expect(`2["x",…`)
	}
	c, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(c); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, w := range []*wire{w, other} {
		w.expect(closed)
	}
	if s.CountConnections() != 0 {
		t.Error(s.CountConnections(), "connections are left")
	}
}

// What a client asked for before the end is done, and the state that OnDisconnect keeps is kept.
func TestShutdownWaitsForHandlers(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	entered, release := make(chan struct{}), make(chan struct{})
	var done atomic.Int32
	ask := socketio.NewCall[int, int]("ask")
	ask.Handle(ns, func(_ context.Context, _ socket, n int) (int, error) {
		if n == 1 {
			close(entered)
			<-release
		}
		return n, nil
	})
	background := socketio.NewEvent[socketio.None]("background").Concurrent()
	running := make(chan struct{})
	background.Handle(ns, func(_ context.Context, so socket, _ socketio.None) error {
		close(running)
		<-so.Context().Done()
		done.Add(10)
		return nil
	})
	ns.OnDisconnect(func(socket, socketio.Reason) {
		runtime.Gosched()
		done.Add(1)
	})
	w, other := s.client(t), s.client(t)
	w.send(`2["background"]`)
	receive(t, running)
	w.send(`21["ask",1]`, `22["ask",2]`)
	receive(t, entered)
	end := make(chan error)
	go func() { end <- s.Shutdown(t.Context()) }()
	select {
	case err := <-end:
		t.Fatal("a handler is at work, yet Shutdown returned", err)
	case <-time.After(20 * time.Millisecond): // passing too early proves nothing wrong
	}
	close(release)
	if err := <-end; err != nil {
		t.Error(err)
	}
	if n := done.Load(); n != 12 {
		t.Error("Shutdown didn't wait for OnDisconnect and Concurrent handlers:", n)
	}
	w.expect("31[1]", "32[2]", closed)
	other.expect(closed)
}

func TestShutdownWithAHandlerThatNeverReturns(t *testing.T) {
	s := start(t, socketio.Options{})
	entered, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	socketio.On(s.Of("/"), "stuck", func(context.Context, socket, socketio.None) error {
		close(entered)
		<-release
		return nil
	})
	w := s.client(t)
	w.send(`2["stuck"]`)
	receive(t, entered)
	c, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	err := s.Shutdown(c)
	if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "handlers are still at work") {
		t.Error(err)
	}
	w.expect(closed)
}

func TestReservedShutdownEvent(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("New took it")
		}
	}()
	socketio.New(socketio.Options{ShutdownEvent: "disconnect"})
}

// What OnDisconnect tells the other servers reaches them.
func TestShutdownLeavesTheBusLast(t *testing.T) {
	bus := new(socketio.MemoryBus)
	s, other := start(t, socketio.Options{Bus: &leaving{Bus: bus.Node()}}), start(t, socketio.Options{Bus: bus.Node()})
	s.Of("/").OnDisconnect(func(so socket, _ socketio.Reason) {
		if err := so.Namespace().Emit("left"); err != nil {
			t.Error(err)
		}
	})
	s.client(t)
	w := other.client(t)
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	w.expect(`2["left"]`)
}

// A leaving bus carries nothing after its stop.
type leaving struct {
	socketio.Bus
	left atomic.Bool
}

func (b *leaving) Start(s socketio.BusServer) (stop func()) {
	leave := b.Bus.Start(s)
	return func() { b.left.Store(true); leave() }
}

func (b *leaving) Publish(m *socketio.BusMessage) error {
	if b.left.Load() {
		return errors.New("the bus is closed")
	}
	return b.Bus.Publish(m)
}
