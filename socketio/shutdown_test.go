package socketio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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
		w.expect(`2["moving"]`, closed) // and no DISCONNECT: that would keep clients from coming back
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
	c, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(c); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	for _, w := range []*wire{w, other} {
		w.expect(`2["x",…`, closed)
	}
	if s.Count() != 0 {
		t.Error(s.Count(), "connections are left")
	}
}
