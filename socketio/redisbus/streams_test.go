package redisbus_test

import (
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

func TestStreamsBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewStreams(client, redisbus.StreamsOptions{StreamName: fmt.Sprintf("stream [%s]*", name)})
	})
}

func TestManyStreamsBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewStreams(client, redisbus.StreamsOptions{StreamCount: 4, ShardedPubSub: true, ChannelPrefix: name})
	})
}

// A numbered server sends numbers to another one, whatever happens to Redis.
func TestStreamsLoseNothing(t *testing.T) {
	for name, fault := range map[string]func(t *testing.T, b *broker, i int){
		// Redis ends as one that is killed, and comes back with all that it has confirmed.
		"redis-server is killed": func(t *testing.T, b *broker, _ int) { b.stop(); time.Sleep(50 * time.Millisecond); b.start() },
		// All connections end in the middle of what is written and read.
		"connections are killed": func(t *testing.T, b *broker, _ int) {
			c, _ := b.client(t)
			c.ClientKillByFilter(t.Context(), "TYPE", "normal")
			c.ClientKillByFilter(t.Context(), "TYPE", "pubsub")
		},
		// Redis takes commands and executes them when the sender has given up.
		"redis-server hangs": func(t *testing.T, b *broker, _ int) {
			nodetest.Pause(t, b.cmd.Process)
			time.Sleep(1500 * time.Millisecond)
			nodetest.Resume(t, b.cmd.Process)
		},
		"Redis is out of memory": func(t *testing.T, b *broker, _ int) {
			c, _ := b.client(t)
			for _, limit := range []string{"1", "0"} {
				if err := c.ConfigSet(t.Context(), "maxmemory", limit).Err(); err != nil {
					t.Error(err)
				}
				time.Sleep(100 * time.Millisecond)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := startRedis(t, "--appendonly", "yes", "--appendfsync", "always")
			server := func(name string) *single {
				l := newLine()
				client := redis.NewClient(&redis.Options{Addr: b.address(), Dialer: l.dial, ReadTimeout: 500 * time.Millisecond})
				t.Cleanup(func() { client.Close() })
				s := &single{bus: redisbus.NewStreams(client, redisbus.StreamsOptions{Heartbeat: 200 * time.Millisecond}), line: l, log: new(nodetest.Output)}
				s.Server = siotest.NewServer(t, socketio.Options{Bus: s.bus, ServerName: name, Logger: slog.New(slog.NewTextHandler(s.log, nil))})
				s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
				return s
			}
			s1, s2 := server("a"), server("b")
			nodetest.Knows(t, s1, "b")
			nodetest.Knows(t, s2, "a")
			const count = 5000
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range count {
					if err := s1.Of("/").Emit("n", i); err != nil {
						t.Errorf("%d: %v", i, err)
						return
					}
					if i%50 == 0 {
						time.Sleep(10 * time.Millisecond)
					}
				}
			}()
			for i := range 3 {
				time.Sleep(200 * time.Millisecond)
				fault(t, b, i)
			}
			<-done
			for i := range count {
				s2.client.Expect("n", i)
			}
			if err := s1.Of("/").Emit("end"); err != nil {
				t.Error(err)
			}
			s2.client.Expect("end")
			if lost := s1.bus.Stats().Lost; lost != 0 {
				t.Errorf("%d are counted as lost", lost)
			}
			t.Log(s1.bus.Stats().Reconnects, "new sessions")
		})
	}
}

// The client that a bus is given may be connecting for others meanwhile.
func TestClientIsInUse(t *testing.T) {
	b := startRedis(t)
	for range 20 {
		client, _ := b.client(t)
		bus := redisbus.NewStreams(client, redisbus.StreamsOptions{})
		var others sync.WaitGroup
		for range 8 {
			others.Go(func() { client.Ping(t.Context()) })
		}
		s := siotest.NewServer(t, socketio.Options{Bus: bus, Logger: slog.New(slog.DiscardHandler)})
		nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
		others.Wait()
		s.Close()
	}
}
