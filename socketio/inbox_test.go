package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
)

// flood sends events until stop ends.
func flood(w *wire, stop context.Context) {
	for n := 0; stop.Err() == nil; n++ {
		if w.conn.Write(stop, 1, []byte(`42["n",`+fmt.Sprint(n)+`]`)) != nil {
			return
		}
	}
}

func TestAHandlerThatNeverReturns(t *testing.T) {
	s := start(t, socketio.Options{InboxEvents: 8})
	ns := s.Of("/")
	echo(ns)
	forever := make(chan struct{})
	defer close(forever)
	handled := make(chan int, 1<<20)
	socketio.On(ns, "hang", func(ctx, socket, socketio.None) error { <-forever; return nil })
	socketio.On(ns, "n", func(_ ctx, _ socket, n int) error { handled <- n; return nil })
	stuck, other := s.member(t), s.member(t)
	stuck.join2(t, s, "/side")
	stuck.send(`2["hang"]`)
	for n := range 7 {
		stuck.send(fmt.Sprintf(`2["n",%d]`, n))
	}
	eventually(t, "reading pauses", func() bool { return socketio.Paused(stuck.so) })

	t.Run("nobody else is stalled", func(t *testing.T) { other.settled() })
	t.Run("it still gets what others emit", func(t *testing.T) {
		if err := ns.Emit("x"); err != nil {
			t.Fatal(err)
		}
		stuck.expect(`2["x"]`)
	})
	t.Run("an Ask resumes the reading", func(t *testing.T) {
		done := make(chan error, 1)
		go func() {
			_, err := stuck.so.Ask(t.Context(), "q")
			done <- err
		}()
		stuck.expect(`20["q"]`)
		if socketio.Paused(stuck.so) {
			t.Error("paused")
		}
		stuck.send("30[]")
		if err := receive(t, done); err != nil {
			t.Error(err)
		}
		eventually(t, "reading pauses again", func() bool { return socketio.Paused(stuck.so) })
	})
	t.Run("with a flood during an Ask the connection is closed", func(t *testing.T) {
		why := make(chan socketio.Reason, 1)
		ns.OnDisconnect(func(so socket, r socketio.Reason) {
			if so == stuck.so {
				why <- r
			}
		})
		done := make(chan error, 1)
		go func() {
			_, err := stuck.so.Ask(t.Context(), "q")
			done <- err
		}()
		stuck.expect(`21["q"]`)
		stuck.send(`2["n",7]`)
		if err := receive(t, done); err != socketio.ErrDisconnected {
			t.Error(err)
		}
		stuck.expect(closed)
		select {
		case r := <-why:
			t.Error("OnDisconnect overtook the handler:", r)
		default:
		}
		if len(handled) != 0 {
			t.Error("events overtook the handler")
		}
	})
}

// join2 joins a further namespace.
func (m member) join2(t *testing.T, s *server, nsp string) {
	t.Helper()
	s.Of(nsp)
	m.join(nsp)
}

func TestAFloodIsHeldBack(t *testing.T) {
	for _, c := range []struct {
		name string
		o    socketio.Options
	}{
		{"by events", socketio.Options{InboxEvents: 16}},
		{"by bytes", socketio.Options{InboxBytes: 4 << 10}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, c.o)
			ns := s.Of("/")
			hold, next := make(chan struct{}), make(chan int)
			socketio.On(ns, "n", func(_ ctx, _ socket, n int) error {
				<-hold
				next <- n
				return nil
			})
			m := s.member(t)
			stop, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { defer close(ended); flood(m.wire, stop) }()
			eventually(t, "reading pauses", func() bool { return socketio.Paused(m.so) })
			close(hold)
			for want := range 3000 { // and goes on, again and again, without a gap
				if n := receive(t, next); n != want {
					t.Fatalf("got %d, want %d", n, want)
				}
			}
			cancel()
			m.gone()
			<-ended
			for drained := false; !drained; { // what had arrived before
				select {
				case <-next:
				default:
					drained = socketio.InboxLen(m.so) == 0
				}
			}
		})
	}
}

func TestAPollingFloodIsHeldBack(t *testing.T) {
	s := start(t, socketio.Options{InboxEvents: 4})
	ns := s.Of("/")
	hold := make(chan struct{})
	socketio.OnCall(ns, "n", func(_ ctx, _ socket, n int) (int, error) { <-hold; return n, nil })
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	var body []string
	for n := range 50 {
		body = append(body, fmt.Sprintf(`42%d["n",%d]`, n, n))
	}
	posted := make(chan string, 1)
	go func() { posted <- request("POST", strings.Join(body, "\x1e")) }()
	eventually(t, "reading pauses", func() bool {
		for so := range ns.Sockets() {
			return socketio.Paused(so)
		}
		return false
	})
	close(hold)
	if got := receive(t, posted); got != "ok" {
		t.Fatal(got)
	}
	got := ""
	for strings.Count(got, "]") < 50 {
		got += request("GET", "") + "\x1e"
	}
	for n := range 50 {
		if !strings.Contains(got, fmt.Sprintf("43%d[%d]\x1e", n, n)) {
			t.Fatal(got)
		}
	}
}

func TestGoexitInAHandler(t *testing.T) {
	s := start(t, socketio.Options{})
	ns := s.Of("/")
	echo(ns)
	socketio.On(ns, "exit", socketio.Goexit)
	w := s.client(t)
	w.send(`2["exit"]`)
	w.settled()
}

func TestSlowClient(t *testing.T) {
	s := start(t, socketio.Options{MaxQueue: 4 << 10})
	ns := s.Of("/")
	why := make(chan socketio.Reason, 1)
	ns.OnDisconnect(func(_ socket, r socketio.Reason) { why <- r })
	request := s.poll(t, "EIO=4") // and never asks for more
	request("POST", "40")
	request("GET", "")
	ok := s.member(t)
	for range 6 {
		if err := ns.Emit("x", strings.Repeat("x", 1000)); err != nil {
			t.Fatal(err)
		}
		ok.expect(`2["x",…`)
	}
	if got := receive(t, why); got != socketio.ReasonSlow {
		t.Error(got)
	}
}
