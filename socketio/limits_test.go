package socketio_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

func TestEventRate(t *testing.T) {
	var told atomic.Int32
	s := start(t, socketio.Options{EventsPerSecond: 5, OnError: func(_ context.Context, _ socket, event string, err error) {
		if event != "x" || !strings.Contains(err.Error(), socketio.CodeRateLimited) {
			t.Error(event, err)
		}
		told.Add(1)
	}})
	ns := s.Of("/")
	var handled atomic.Int32
	socketio.On(ns, "x", func(context.Context, socket, socketio.None) error { handled.Add(1); return nil })
	w := s.client(t) // the first of the burst
	for range 50 {
		w.send(`2["x"]`)
	}
	refused := 0
	for i := range 20 {
		w.send(fmt.Sprintf(`2%d["x"]`, i))
		switch got := w.next(); got {
		case fmt.Sprintf(`3%d[{"error":{"code":"rate_limited","message":"too many events"}}]`, i):
			refused++
		case fmt.Sprintf(`3%d[]`, i): // a slow machine
		default:
			t.Fatal(got)
		}
	}
	if refused == 0 || told.Load() == 0 || handled.Load() >= 50 || handled.Load() < 4 {
		t.Error(refused, told.Load(), handled.Load())
	}
	// A connection of its own has a rate of its own; a CONNECT counts too.
	w = s.dial(t)
	got := 0
	for i := range 20 {
		w.send(fmt.Sprintf("0/n%d", i))
		if p := w.next(); strings.HasSuffix(p, `{"message":"too many events"}`) {
			got++
		}
	}
	if got == 0 {
		t.Error("20 namespaces were tried")
	}
}

func TestByteRate(t *testing.T) {
	s := start(t, socketio.Options{BytesPerSecond: 2000})
	var handled atomic.Int32
	socketio.On(s.Of("/"), "x", func(context.Context, socket, []byte) error { handled.Add(1); return nil })
	w := s.client(t)
	large := strings.Repeat("x", 100_000)
	// It is larger than the rate, and yet it passes.
	w.send(`51-1["x",{"_placeholder":true,"num":0}]`, "b:"+large)
	w.expect(`31[]`)
	w.send(`51-2["x",{"_placeholder":true,"num":0}]`, "b:x", `23["x"]`)
	w.expect(`32[{"error":{"code":"rate_limited","message":"too many bytes"}}]`, `33[{"error":{"code":"rate_limited","message":"too many bytes"}}]`)
	if handled.Load() != 1 {
		t.Error(handled.Load())
	}
}

func TestUnknownEvents(t *testing.T) {
	errs := make(chan string, 10)
	s := start(t, socketio.Options{UnknownEventsPerMinute: 3, OnError: func(_ context.Context, _ socket, event string, err error) {
		errs <- event + ": " + err.Error()
	}})
	ends := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
	echo(s.Of("/"))
	s.Of("/any").OnAny(func(context.Context, socket, socketio.Incoming) {})
	w := s.client(t)
	w.join("/any")
	for range 10 {
		w.send(`2/any,["x"]`)
	}
	w.send(`2["x"]`, `2["x"]`, `21["x"]`)
	w.settled()
	w.send(`2["one more"]`)
	w.expect(closed)
	if why := receive(t, ends); why != socketio.ReasonUnknownEvents {
		t.Error(why)
	}
	if err := receive(t, errs); err != "one more: unknown_events: too many unknown events" {
		t.Error(err)
	}
}

// A visitor takes the place of the oldest connection that was never heard of; those whose CONNECT
// is under way keep theirs.
func TestPendingHandshakes(t *testing.T) {
	refused := make(chan *engineio.ConnectionError, 10)
	s := start(t, socketio.Options{MaxPendingHandshakes: 2, OnConnectionError: func(e *engineio.ConnectionError) { refused <- e }})
	asked, release := make(chan struct{}, 2), make(chan struct{})
	s.Of("/slow").Use(func(context.Context, *socketio.Socket) error { asked <- struct{}{}; <-release; return nil })
	one, two := s.dial(t), s.dial(t)
	three := s.dial(t)
	one.expect(closed)
	for _, w := range []*wire{two, three} {
		w.send("0/slow,")
		receive(t, asked)
	}
	if _, err := wstest.Dial(t.Context(), s.url+"/socket.io/?transport=websocket&EIO=4", nil, nil); err == nil {
		t.Fatal("one more was let in")
	}
	if e := receive(t, refused); e.Name != "TOO_MANY_PENDING" || e.Message != "too many pending handshakes" {
		t.Error(e)
	}
	close(release)
	two.expect("0/slow,…")
	three.expect("0/slow,…")
	four := s.dial(t)
	four.join("/")
}

func TestPendingHandshakesOfOneAddress(t *testing.T) {
	refused := make(chan *engineio.ConnectionError, 10)
	s := start(t, socketio.Options{
		MaxPendingPerAddress: 2, OnConnectionError: func(e *engineio.ConnectionError) { refused <- e },
		ClientAddress: engineio.TrustProxies("127.0.0.1"),
	})
	visit := func(address string, status int) {
		t.Helper()
		if resp, _ := get(t, s.url+"/socket.io/?EIO=4&transport=polling", "X-Forwarded-For", address); resp.StatusCode != status {
			t.Fatalf("%s: %s, want %d", address, resp.Status, status)
		}
	}
	visit("192.0.2.1", 200)
	visit("198.51.100.1, 192.0.2.1", 200)
	visit("192.0.2.1", 429)
	if e := receive(t, refused); e.Name != "TOO_MANY_PENDING" {
		t.Error(e)
	}
	visit("192.0.2.2", 200)
}

// What a connection sends into the void is forgiven with time: one that lives for weeks isn't ended
// by a trickle.
func TestUnknownEventsAreForgiven(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := virtual(t, socketio.Options{UnknownEventsPerMinute: 10})
		ns := s.Of("/")
		ends := make(chan socketio.Reason, 1)
		ns.OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
		w.join("/")
		unknown := func(n int) {
			t.Helper()
			for range n {
				w.send(`2["x"]`)
			}
			synctest.Wait()
			if len(ends) > 0 {
				t.Fatal(<-ends)
			}
		}
		time.Sleep(time.Hour) // which saves nothing up
		unknown(10)
		for range 2_000 { // hours
			time.Sleep(6 * time.Second)
			unknown(1)
		}
		time.Sleep(30 * time.Second)
		unknown(5)
		time.Sleep(time.Minute)
		unknown(10)
		w.send(`2["x"]`)
		if why := <-ends; why != socketio.ReasonUnknownEvents {
			t.Error(why)
		}
	})
}

// However many too many there are, it is told once.
func TestTooManyUnknownEventsAreToldOnce(t *testing.T) {
	var errs atomic.Int32
	s := start(t, socketio.Options{UnknownEventsPerMinute: 10, OnError: func(context.Context, socket, string, error) { errs.Add(1) }})
	ends := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ends <- why })
	request := s.poll(t, "EIO=4")
	request("POST", "40")
	request("GET", "")
	request("POST", "3"+strings.Repeat("\x1e"+`42["x"]`, 100))
	if why := receive(t, ends); why != socketio.ReasonUnknownEvents || errs.Load() != 1 {
		t.Errorf("%s, told %d times", why, errs.Load())
	}
}

func TestUnknownEventsWithoutLimit(t *testing.T) {
	s := start(t, socketio.Options{UnknownEventsPerMinute: -1})
	echo(s.Of("/"))
	w := s.client(t)
	for range socketio.DefaultUnknownEventsPerMinute + 10 {
		w.send(`2["x"]`)
	}
	w.settled()
}

// Refusing costs too: who doesn't stop is disconnected, whatever it sends.
func TestFloodsEnd(t *testing.T) {
	for name, packet := range map[string]string{"events": `2["x"]`, "connects": "0/none,", "acks": "31[]"} {
		t.Run(name, func(t *testing.T) {
			s := start(t, socketio.Options{EventsPerSecond: 5})
			socketio.On(s.Of("/"), "x", func(context.Context, socket, socketio.None) error { return nil })
			w := s.client(t)
			go func() {
				for range 1000 { // fails when the connection ends, which is due
					_ = w.conn.Write(context.Background(), wstest.Text, []byte("4"+packet))
				}
			}()
			for w.next() != closed {
			}
		})
	}
}
