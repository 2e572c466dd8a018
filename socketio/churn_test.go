package socketio_test

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/madang-chat/madang/socketio"
)

// The heartbeats of the churn: short enough for silent clients to end in it, long enough for a
// machine under load.
const (
	churnInterval = 500 * time.Millisecond
	churnTimeout  = 3 * time.Second
)

// A life is what is known of one accepted socket.
type life struct {
	socket   weak.Pointer[socketio.Socket]
	launched time.Time // by the client
	began    time.Time // for OnConnect
	ended    time.Time
	ends     int
	why      socketio.Reason
	how      string            // the client ended
	expected []socketio.Reason // nil when the client never knew that it was accepted
}

// A census knows all sockets of a churn by the names that the clients give in their auth.
type census struct {
	recovered atomic.Int64

	mu    sync.Mutex
	lives map[string]*life // guarded by mu
}

// of needs mu.
func (c *census) of(name string) *life {
	l := c.lives[name]
	if l == nil {
		l = new(life)
		c.lives[name] = l
	}
	return l
}

func (c *census) expect(p *pilot, how string, why []socketio.Reason, names ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, name := range names {
		l := c.of(name)
		l.launched, l.how, l.expected = p.launched, how, why
	}
}

// watch counts the beginnings and ends of a namespace and registers the handlers.
func (c *census) watch(t *testing.T, ns *socketio.Namespace) {
	name := func(so socket) string {
		var auth struct {
			Name string `json:"name"`
		}
		if err := so.Auth(&auth); err != nil || auth.Name == "" {
			t.Error("a socket without a name:", err)
		}
		return auth.Name
	}
	ns.OnConnect(func(_ ctx, so socket) error {
		if other, _ := ns.Socket(so.ID()); other != so && so.Connected() {
			t.Error("two sockets have one id:", so.ID())
		}
		if so.Recovery() == socketio.RecoveryFull {
			c.recovered.Add(1)
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.of(name(so))
		if !l.began.IsZero() {
			t.Error("OnConnect twice:", name(so))
		}
		l.socket, l.began = weak.Make(so), time.Now()
		if so.Join("all") != nil && so.Connected() {
			t.Error("Join fails")
		}
		return nil
	})
	ns.OnDisconnect(func(so socket, why socketio.Reason) {
		if so.Connected() || so.Join("late") == nil {
			t.Error("alive in OnDisconnect:", so.ID())
		}
		if n := socketio.Waiting(so); n != 0 {
			t.Error(n, "questions wait after the end")
		}
		if queued, fixed := socketio.Held(so); queued < 0 || fixed < 0 {
			t.Error(queued, fixed, "bytes are held")
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.of(name(so))
		if l.began.IsZero() {
			t.Error("OnDisconnect before OnConnect:", name(so))
		}
		l.ends++
		l.why, l.ended = why, time.Now()
	})
	room := func(n int) string { return fmt.Sprint("r", n%5) }
	socketio.On(ns, "join", func(_ ctx, so socket, n int) error { return so.Join(room(n)) })
	socketio.On(ns, "leave", func(_ ctx, so socket, n int) error { so.Leave(room(n)); return nil })
	socketio.On(ns, "emit", func(_ ctx, so socket, n int) error { return so.Emit("x", n) })
	socketio.On(ns, "room", func(_ ctx, so socket, n int) error { return so.To(room(n)).Emit("x", n) })
	socketio.On(ns, "all", func(_ ctx, _ socket, n int) error { return ns.Volatile().Emit("x", strings.Repeat("x", n)) })
	socketio.OnCall(ns, "add", func(_ ctx, _ socket, n int) (int, error) { return n + 1, nil })
	socketio.On(ns, "panic", func(ctx, socket, int) error { panic("of a handler") })
	socketio.OnCall(ns, "ask", func(ctx ctx, so socket, n int) (socketio.Args, error) {
		ctx, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		return so.Ask(ctx, "q", n)
	})
	socketio.NewCall[int, int]("survey").Concurrent().Handle(ns, func(ctx ctx, so socket, n int) (int, error) {
		ctx, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		defer cancel()
		answers := 0
		for range so.To(room(n)).Ask(ctx, "q", n) {
			if answers++; answers > 3 {
				break
			}
		}
		return answers, nil
	})
	socketio.On(ns, "kick", func(_ ctx, so socket, n int) error {
		if n%2 == 0 {
			go leave(so, n%4 == 0)
		} else {
			leave(so, n%4 == 1)
		}
		return nil
	})
}

// TestChurnOfEverything lets clients of all kinds come, do things and end in all ways, for 5 s or
// for as long as the environment variable CHURN says. Afterwards nothing is left.
func TestChurnOfEverything(t *testing.T) {
	length := 5 * time.Second
	if text := os.Getenv("CHURN"); text != "" {
		var err error
		if length, err = time.ParseDuration(text); err != nil {
			t.Fatal("CHURN:", err)
		}
	}
	for name, o := range map[string]socketio.Options{
		"plain":    {},
		"recovery": {Recovery: &socketio.RecoveryOptions{Duration: time.Second, MaxSessions: 20}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			churn(t, o, length)
		})
	}
}

func churn(t *testing.T, o socketio.Options, length time.Duration) {
	o.PingInterval, o.PingTimeout = churnInterval, churnTimeout
	o.InboxEvents = 16
	told := new(tally)
	o.Observer = told.observer()
	o.Logger = slog.New(slog.DiscardHandler)
	s := socketio.New(o)
	defer s.Close()
	everybody := &census{lives: make(map[string]*life)}
	names := []string{"/", "/side"}
	for _, name := range names {
		everybody.watch(t, s.Of(name))
	}
	tcp := httptest.NewServer(s)
	defer tcp.Close()
	pipes := newPipeListener()
	piped := &http.Server{Handler: s}
	go piped.Serve(pipes)
	defer piped.Close()
	pipeClient := &http.Client{Transport: &http.Transport{DialContext: pipes.dial}}
	defer pipeClient.CloseIdleConnections()

	seed := rand.Uint64()
	t.Log("seed", seed)
	stop, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var pilots sync.WaitGroup
	for i := range uint64(24) {
		pilots.Go(func() {
			r := rand.New(rand.NewPCG(seed, i))
			for stop.Err() == nil {
				f := flight{t, r, everybody, tcp.Client(), tcp.URL, o.Recovery != nil}
				if r.IntN(3) == 0 {
					f.client, f.base = pipeClient, "http://pipe"
				}
				for session := f.fly(""); session != "" && r.IntN(3) > 0; {
					session = f.fly(session)
				}
			}
		})
	}
	pilots.Wait()

	eventually(t, "every connection is gone", func() bool { return s.CountConnections() == 0 })
	for _, name := range names {
		ns := s.Of(name)
		eventually(t, "namespace "+name+" is empty", func() bool { return ns.CountLocalSockets() == 0 && socketio.RoomCount(ns) == 0 })
	}
	if n := socketio.Requests(s); n != 0 {
		t.Error(n, "requests wait")
	}
	eventually(t, "no handshake is under way", func() bool { return socketio.Pending(s) == 0 })
	if n := s.BufferedBytes(); n != 0 {
		t.Error(n, "bytes wait")
	}
	everybody.check(t)
	eventually(t, "the observer was told of as many ends as beginnings", func() bool {
		return told.connections.Load() == 0 && told.sockets.Load() == 0
	})
	if told.begun.Load() == 0 {
		t.Error("the observer was told of nothing")
	}
}

// A tally is an observer that counts what is there.
type tally struct{ connections, sockets, begun atomic.Int64 }

func (c *tally) observer() *socketio.Observer {
	return &socketio.Observer{
		Opened:       func(socketio.ConnectionInfo) { c.connections.Add(1) },
		Closed:       func(socketio.ConnectionInfo, socketio.Reason, error, time.Duration) { c.connections.Add(-1) },
		Connected:    func(*socketio.Socket) { c.sockets.Add(1); c.begun.Add(1) },
		Disconnected: func(*socketio.Socket, socketio.Reason) { c.sockets.Add(-1) },
	}
}

// check looks at every life once all of them are over.
func (c *census) check(t *testing.T) {
	all := func(ok func(*life) bool) func() bool {
		return func() bool {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, l := range c.lives {
				if !ok(l) {
					return false
				}
			}
			return true
		}
	}
	eventually(t, "every accepted socket is told to OnDisconnect", all(func(l *life) bool { return l.began.IsZero() || l.ends > 0 }))
	c.mu.Lock()
	reasons := map[socketio.Reason]int{}
	for name, l := range c.lives {
		if l.began.IsZero() {
			// The answer to CONNECT came, so OnConnect must have run.
			t.Errorf("%s: never told to OnConnect; OnDisconnect %d times (%q)", name, l.ends, l.why)
			continue
		}
		reasons[l.why]++
		if l.ends != 1 {
			t.Errorf("%s: OnDisconnect %d times", name, l.ends)
		}
		// the machine was slower than the heartbeats
		late := l.ended.Sub(l.launched) >= churnInterval+churnTimeout
		if l.expected != nil && !slices.Contains(l.expected, l.why) && !(l.why == socketio.ReasonPingTimeout && late) {
			t.Errorf("%s: after %s ended with %q, want one of %q", name, l.how, l.why, l.expected)
		}
	}
	t.Log(len(c.lives), "sockets,", c.recovered.Load(), "recovered:", reasons)
	c.mu.Unlock()
	eventually(t, "no socket is in memory", func() bool {
		runtime.GC()
		return all(func(l *life) bool { return l.socket.Value() == nil })()
	})
}
