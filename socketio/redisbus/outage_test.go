package redisbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A single is one server of ours, with a client, in a cluster of ours.
type single struct {
	*socketio.Server
	bus    healthBus
	client *siotest.Client
	line   *line
	lost   chan string
	log    *nodetest.Output
}

type healthBus interface {
	socketio.Bus
	Health() error
	Stats() socketio.BusStats
}

func (b *broker) server(t *testing.T, name string, o redisbus.Options) *single {
	client, l := b.client(t)
	s := &single{bus: redisbus.New(client, o), line: l, lost: make(chan string, 100), log: new(nodetest.Output)}
	s.Server = siotest.NewServer(t, socketio.Options{
		Bus: s.bus, ServerName: name, AnswerTimeout: patience,
		Logger:   slog.New(slog.NewTextHandler(s.log, nil)),
		Observer: &socketio.Observer{BusLost: func(n int, why error) { s.lost <- fmt.Sprint(n, " ", why) }},
	})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
	return s
}

// lines counts those of the log that hold a text.
func (s *single) lines(text string) int { return strings.Count(s.log.String(), text) }

// What waits while Redis is away comes later, in order and once; what doesn't fit is told once.
func TestRedisIsAway(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "a", redisbus.Options{MaxQueue: 100_000}), b.server(t, "b", redisbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	if err := s1.bus.Health(); err != nil {
		t.Error(err)
	}
	b.stop()
	nodetest.Until(t, "both notice", func() bool { return s1.bus.Health() != nil && s2.bus.Health() != nil })
	ns := s1.Of("/")
	for i := range 100 {
		if err := ns.Emit("kept", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := ns.Volatile().Emit("volatile"); err == nil {
		t.Error("a volatile event is kept")
	}
	if err := ns.To("none").SocketsJoin("r"); err != nil {
		t.Error(err)
	}
	large := strings.Repeat("x", 50_000)
	refused := 0
	for range 3 {
		if err := ns.Emit("large", large); err != nil {
			if refused++; !errors.Is(err, socketio.ErrSlow) {
				t.Error(err)
			}
		}
	}
	if refused != 2 {
		t.Errorf("%d refused", refused)
	}
	if _, err := ns.CountSockets(t.Context()); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a question to nobody: %v", err)
	}
	b.start()
	for i := range 100 {
		s2.client.Expect("kept", i)
	}
	s2.client.Expect("large", large)
	nodetest.Until(t, "health", func() bool { return s1.bus.Health() == nil && s2.bus.Health() == nil })
	// Two large ones and the volatile one.
	if got := nodetest.Receive(t, s1.lost); !strings.HasPrefix(got, "3 ") {
		t.Error(got)
	}
	if got := nodetest.Receive(t, s2.lost); !strings.HasPrefix(got, "0 ") {
		t.Error(got)
	}
	nodetest.Knows(t, s1, "b")
	if err := ns.Emit("end"); err != nil {
		t.Error(err)
	}
	s2.client.Expect("end")
	if n := s1.lines("Redis is away") - s1.lines("Redis is away:"); n != 0 || s1.lines("level=WARN msg=\"redisbus: Redis is away") != 1 {
		t.Errorf("the log:\n%s", s1.log)
	}
	select {
	case got := <-s1.lost:
		t.Errorf("told again: %s", got)
	default:
	}
}

// A server that starts before Redis does is in the cluster when that is there.
func TestRedisComesLater(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	b.stop()
	s1 := b.server(t, "a", redisbus.Options{})
	if err := s1.Of("/").Emit("early"); err != nil {
		t.Error(err)
	}
	s1.client.Expect("early")
	if _, err := s1.Of("/").FetchSockets(t.Context()); err == nil {
		t.Error("there is no cluster, and nothing says so")
	}
	b.start()
	s2 := b.server(t, "b", redisbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	if n, err := s1.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
}

// A Redis that accepts and says nothing holds up nobody, and is noticed.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "a", redisbus.Options{Heartbeat: 100 * time.Millisecond}), b.server(t, "b", redisbus.Options{Heartbeat: 100 * time.Millisecond})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	nodetest.Pause(t, b.cmd.Process)
	for i := range 200 {
		_ = s1.Of("/").Emit("n", i)
		s1.client.Expect("n", i)
	}
	c, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s1.Of("/").FetchSockets(c); err == nil {
		t.Error("a Redis that hangs knows who is there")
	}
	nodetest.Until(t, "it is noticed", func() bool { return s1.bus.Health() != nil })
	nodetest.Resume(t, b.cmd.Process)
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	if err := s2.Of("/").Emit("end"); err != nil {
		t.Error(err)
	}
	s1.client.Expect("end")
}

// A Redis that says nothing holds up no server that leaves, however patient its client is.
func TestShutdownWhileRedisHangs(t *testing.T) {
	for name, bus := range map[string]func(redis.UniversalClient) healthBus{
		"classic": func(c redis.UniversalClient) healthBus { return redisbus.New(c, redisbus.Options{}) },
		"sharded": func(c redis.UniversalClient) healthBus { return redisbus.NewSharded(c, redisbus.ShardedOptions{}) },
		"streams": func(c redis.UniversalClient) healthBus { return redisbus.NewStreams(c, redisbus.StreamsOptions{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startRedis(t)
			client := redis.NewClient(&redis.Options{Addr: b.address(), ReadTimeout: time.Hour, MaxRetries: -1})
			defer client.Close()
			s := socketio.New(socketio.Options{Bus: bus(client), ServerName: "a", Logger: slog.New(slog.DiscardHandler)})
			defer s.Close()
			if _, err := s.Of("/").FetchSockets(t.Context()); err != nil {
				t.Fatal(err)
			}
			nodetest.Pause(t, b.cmd.Process)
			defer nodetest.Resume(t, b.cmd.Process)
			if err := s.Of("/").Emit("n"); err != nil {
				t.Error(err)
			}
			done := make(chan error, 1)
			go func() { done <- s.Shutdown(t.Context()) }()
			select {
			case err := <-done:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(patience):
				t.Error("the server waits for Redis")
			}
		})
	}
}

// A server that is back knows the others before it asks them.
func TestAskingAtOnce(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "a", redisbus.Options{}), b.server(t, "b", redisbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	for range 5 {
		if n, err := s1.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
			t.Errorf("%d sockets, %v", n, err)
		}
		nodetest.Knows(t, s2, "a")
		s1.line.set(true)
		nodetest.Until(t, "it is noticed", func() bool { return s1.bus.Health() != nil })
		s1.line.set(false)
		nodetest.Until(t, "it is back", func() bool { return s1.bus.Health() == nil })
	}
}
