package main

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/socketio"
)

func TestMain(m *testing.M) { leak.Main(m) }

var quick = settings{warmup: 10 * time.Millisecond, time: 500 * time.Millisecond, idle: 25, settle: 10 * time.Millisecond, beat: 100 * time.Millisecond, most: 25}

// answers is how a server under test behaves.
type answers struct {
	echo  func(v any) any
	bcast func(ns *socketio.Namespace, v any) error
	room  func(to socketio.Target, v any) error
}

func honest() answers {
	return answers{
		echo:  func(v any) any { return v },
		bcast: func(ns *socketio.Namespace, v any) error { return ns.Emit("bcast", v) },
		room:  func(to socketio.Target, v any) error { return to.Emit("room", v) },
	}
}

// serve runs a server in this process. Its clock is the wall's, and its memory 4 KiB more each
// time.
func serve(t *testing.T, a answers) target {
	io := socketio.New(socketio.Options{Logger: slog.New(slog.DiscardHandler), PingInterval: quick.beat})
	ns := io.Of("/")
	socketio.OnCall(ns, "echo", func(_ context.Context, _ *socketio.Socket, v any) (any, error) { return a.echo(v), nil })
	socketio.On(ns, "bcast", func(_ context.Context, _ *socketio.Socket, v any) error { return a.bcast(ns, v) })
	socketio.OnCall(ns, "join", func(_ context.Context, s *socketio.Socket, room string) (socketio.None, error) {
		return socketio.None{}, s.Join(room)
	})
	type toRoom struct {
		Room    string `json:"room"`
		Payload any    `json:"payload"`
	}
	socketio.On(ns, "room", func(_ context.Context, _ *socketio.Socket, m toRoom) error {
		return a.room(ns.To(m.Room), m.Payload)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: io}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		srv.Serve(l)
	}()
	t.Cleanup(func() {
		io.Close()
		srv.Close()
		<-ended
	})
	begun, held := time.Now(), int64(0)
	return target{
		addr: l.Addr().String(),
		cpu:  func() (time.Duration, error) { return time.Since(begun), nil },
		rss: func() (int64, error) {
			held += 4096
			return held, nil
		},
	}
}

func TestWorkloads(t *testing.T) {
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			found, err := w.run(t.Context(), serve(t, honest()), quick)
			if err != nil {
				t.Fatal(err)
			}
			if found.Figure <= 0 {
				t.Errorf("figure is %v", found.Figure)
			}
		})
	}
}

func TestIdleIsTheDifferencePerClient(t *testing.T) {
	found, err := runIdle(t.Context(), serve(t, honest()), quick)
	if err != nil || found.Figure != 4096.0/25 {
		t.Errorf("got %v, %v", found.Figure, err)
	}
}

// A server that answers wrongly, or twice, gets no figure.
func TestLies(t *testing.T) {
	var n atomic.Int64
	third := func() bool { return n.Add(1)%3 == 0 }
	changed := honest()
	changed.echo = func(v any) any {
		if s, ok := v.(string); ok && third() {
			return strings.ToUpper(s)
		}
		if b, ok := v.([]byte); ok && third() {
			return b[1:]
		}
		return v
	}
	twice := honest()
	twice.bcast = func(ns *socketio.Namespace, v any) error {
		if third() {
			ns.Emit("bcast", v)
		}
		return ns.Emit("bcast", v)
	}
	twice.room = func(to socketio.Target, v any) error {
		to.Emit("room", v)
		return to.Emit("room", v)
	}
	renamed := honest()
	renamed.bcast = func(ns *socketio.Namespace, v any) error { return ns.Emit("other", v) }
	early := honest()
	early.bcast = func(ns *socketio.Namespace, v any) error {
		ns.Emit("bcast", strings.Repeat("0", 31)+"1")
		return ns.Emit("bcast", v)
	}
	for _, c := range []struct {
		name, workload string
		answers        answers
	}{
		{"another value", "echo-1", changed},
		{"another value, pipelined", "echo-32", changed},
		{"another attachment", "binary", changed},
		{"another value", "polling", changed},
		{"one message twice", "broadcast-1", twice},
		{"one message twice", "broadcast-8", twice},
		{"every message twice", "rooms", twice},
		{"another event", "broadcast-1", renamed},
		{"out of order", "broadcast-1", early},
	} {
		t.Run(c.name+" "+c.workload, func(t *testing.T) {
			chosen, err := choose(c.workload)
			if err != nil {
				t.Fatal(err)
			}
			found, err := chosen[0].run(t.Context(), serve(t, c.answers), quick)
			if err == nil || !strings.Contains(err.Error(), "got ") {
				t.Errorf("got %v and error %v", found, err)
			}
		})
	}
}

func TestInterrupt(t *testing.T) {
	long := quick
	long.time, long.settle, long.beat = time.Hour, time.Hour, time.Hour
	for _, w := range workloads {
		t.Run(w.name, func(t *testing.T) {
			addr := serve(t, honest())
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if found, err := w.run(ctx, addr, long); err == nil {
				t.Errorf("got %v", found)
			}
		})
	}
}

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	for _, w := range workloads {
		closed := target{addr: l.Addr().String(), cpu: serveNothing.cpu, rss: serveNothing.rss}
		if _, err := w.run(t.Context(), closed, quick); err == nil {
			t.Errorf("%s: no error", w.name)
		}
	}
}

var serveNothing = target{
	cpu: func() (time.Duration, error) { return 0, nil },
	rss: func() (int64, error) { return 0, nil },
}

func TestChoose(t *testing.T) {
	if _, err := choose("echo-1,nothing"); err == nil || !strings.Contains(err.Error(), `"nothing"`) {
		t.Errorf("got %v", err)
	}
}
