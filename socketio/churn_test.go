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
	"testing"
	"time"
	"weak"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/socketio"
)

// The heartbeats of the churn: short enough for silent clients to end in it, long enough for a machine under load.
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
	how      string            // the client ended, and
	expected []socketio.Reason // why that must be; nil when it doesn't know its socket
}

// A census knows all sockets of a churn.
type census struct {
	mu    sync.Mutex
	lives map[string]*life // by id; guarded by mu
}

func (c *census) of(id string) *life {
	l := c.lives[id]
	if l == nil {
		l = new(life)
		c.lives[id] = l
	}
	return l
}

func (c *census) expect(p *pilot, how string, why []socketio.Reason, ids ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range ids {
		l := c.of(id)
		l.launched, l.how, l.expected = p.launched, how, why
	}
}

// watch counts the beginnings and ends of a namespace and registers the handlers.
func (c *census) watch(t *testing.T, ns *socketio.Namespace) {
	ns.OnConnect(func(_ ctx, so socket) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.of(so.ID())
		if l.ends > 0 || l.socket.Value() != nil {
			t.Error("OnConnect twice or after the end:", so.ID())
		}
		l.socket, l.began = weak.Make(so), time.Now()
		return so.Join("all")
	})
	ns.OnDisconnect(func(so socket, why socketio.Reason) {
		if so.Connected() || so.Join("late") == nil {
			t.Error("alive in OnDisconnect:", so.ID())
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		l := c.of(so.ID())
		l.ends++
		l.why, l.ended = why, time.Now()
		if n := socketio.Waiting(so); n != 0 {
			t.Error(n, "questions wait after the end")
		}
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
			go so.Disconnect(n%4 == 0)
		} else {
			so.Disconnect(n%4 == 1)
		}
		return nil
	})
}

// TestChurnOfEverything lets clients of all kinds come, do things and end in all ways, for 5 s or for as long as the
// environment variable CHURN says. Afterwards nothing is left.
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
		"recovery": {Recovery: &socketio.RecoveryOptions{Duration: 50 * time.Millisecond}},
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
				if r.IntN(3) == 0 {
					fly(t, r, everybody, pipeClient, "http://pipe")
				} else {
					fly(t, r, everybody, tcp.Client(), tcp.URL)
				}
			}
		})
	}
	pilots.Wait()

	eventually(t, "every connection is gone", func() bool { return s.Count() == 0 })
	for _, name := range names {
		ns := s.Of(name)
		eventually(t, "namespace "+name+" is empty", func() bool { return ns.Len() == 0 && socketio.RoomCount(ns) == 0 })
	}
	if n := socketio.Requests(s); n != 0 {
		t.Error(n, "requests wait")
	}
	everybody.check(t)
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
	for id, l := range c.lives {
		if l.began.IsZero() {
			// The answer to CONNECT came, so OnConnect must have run.
			t.Errorf("socket %s: never told to OnConnect; OnDisconnect %d times (%q)", id, l.ends, l.why)
			continue
		}
		reasons[l.why]++
		if l.ends != 1 {
			t.Errorf("socket %s: OnDisconnect %d times", id, l.ends)
		}
		late := l.ended.Sub(l.launched) >= churnInterval+churnTimeout // the machine was slower than the heartbeats
		if l.expected != nil && !slices.Contains(l.expected, l.why) && !(l.why == socketio.ReasonPingTimeout && late) {
			t.Errorf("socket %s: after %s ended with %q, want one of %q", id, l.how, l.why, l.expected)
		}
	}
	t.Log(len(c.lives), "sockets:", reasons)
	c.mu.Unlock()
	eventually(t, "no socket is in memory", func() bool {
		runtime.GC()
		return all(func(l *life) bool { return l.socket.Value() == nil })()
	})
}

// fly is one client's life.
func fly(t *testing.T, r *rand.Rand, everybody *census, client *http.Client, base string) {
	how := endings[r.IntN(len(endings))]
	if how.silent && r.IntN(8) > 0 {
		how = endings[0] // it takes long
	}
	transport := []string{"polling", "websocket"}[r.IntN(2)]
	p, err := launch(t.Context(), client, base, transport, how.silent)
	if err != nil {
		t.Error("launch:", err)
		return
	}
	defer p.gone()
	if how.early {
		_ = p.send("40") // and away, whatever becomes of it
		return
	}
	var ids []string
	join := func(name string) bool {
		if p.send("40"+name) != nil {
			return false
		}
		select {
		case id := <-p.sids:
			ids = append(ids, id)
			return true
		case <-p.ends:
			return false
		}
	}
	if !join("") || r.IntN(3) == 0 && !join("/side,") {
		everybody.expect(p, "no answer to CONNECT", late, ids...)
		return
	}
	everybody.expect(p, how.name, how.reasons, ids...)
	if len(ids) > 1 && how.one {
		everybody.expect(p, "dropping behind "+how.name, gone, ids[1])
	}
	if transport == "polling" && r.IntN(2) == 0 && p.upgrade() != nil {
		everybody.expect(p, "an upgrade that failed", late, ids...)
		return
	}
	for i := range r.IntN(12) {
		event := []string{"join", "leave", "emit", "room", "all", "add", "panic", "ask", "survey"}[r.IntN(9)]
		id := ""
		if r.IntN(2) == 0 {
			id = fmt.Sprint(i)
		}
		if p.send(fmt.Sprintf(`42%s["%s",%d]`, id, event, r.IntN(100))) != nil {
			return
		}
	}
	if how.end != nil {
		how.end(p, r)
	}
	if how.waits {
		<-p.ends
	}
}

// gone are the reasons of a client that drops its connection: on polling between two requests, nobody tells the server.
var gone = []socketio.Reason{socketio.ReasonTransportClose, socketio.ReasonTransportError, socketio.ReasonPingTimeout}

// late is the reason of a client on a machine that is slower than its heartbeats.
var late = []socketio.Reason{socketio.ReasonPingTimeout}

// endings are the ways in which a client may end.
var endings = []struct {
	name    string
	early   bool // before the answer to CONNECT
	silent  bool
	one     bool // the other namespace isn't meant
	waits   bool // for the server to close the connection
	end     func(p *pilot, r *rand.Rand)
	reasons []socketio.Reason
}{
	{name: "early", early: true},
	{name: "drop", reasons: gone},
	{name: "leave", one: true, end: func(p *pilot, _ *rand.Rand) { _ = p.leave() }, reasons: append(gone, socketio.ReasonClientDisconnect)},
	{name: "close", end: (*pilot).close, reasons: gone},
	{name: "silence", silent: true, waits: true, reasons: []socketio.Reason{socketio.ReasonPingTimeout}},
	{
		name: "kick", one: true, end: func(p *pilot, r *rand.Rand) { _ = p.send(fmt.Sprintf(`42["kick",%d]`, 2+r.IntN(2))) },
		reasons: append(gone, socketio.ReasonServerDisconnect),
	},
	{
		name: "kick of the connection", waits: true, end: func(p *pilot, r *rand.Rand) { _ = p.send(fmt.Sprintf(`42["kick",%d]`, r.IntN(2))) },
		reasons: []socketio.Reason{socketio.ReasonServerDisconnect},
	},
	{
		name: "a broken packet", waits: true, end: func(p *pilot, _ *rand.Rand) { _ = p.send("42{}") },
		reasons: []socketio.Reason{socketio.ReasonForcedClose, socketio.ReasonForcedServerClose},
	},
	{
		name: "no packet", waits: true, end: func(p *pilot, _ *rand.Rand) { _ = p.send("x") },
		reasons: []socketio.Reason{socketio.ReasonParseError},
	},
}

// close ends the connection in the way of its transport.
func (p *pilot) close(*rand.Rand) {
	p.mu.Lock()
	conn := p.conn
	p.mu.Unlock()
	if conn == nil {
		_ = p.send("1")
	} else {
		_ = conn.Close(websocket.StatusNormalClosure, "")
	}
}
