package redisbus_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// on starts a server on a bus.
func on(t *testing.T, bus healthBus, name string) *single {
	s := &single{bus: bus, log: new(nodetest.Output)}
	s.Server = siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: name, Logger: slog.New(slog.NewTextHandler(s.log, nil))})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
	nodetest.Until(t, name+" is there", func() bool { return bus.Health() == nil })
	return s
}

var garbage = []string{"", "{", "garbage", "\x93\xa1z\x80", "\xc1\xc1", `{"type":99,"uid":"x","nsp":"/","data":{}}`, `{"type":3,"uid":"x","nsp":"/"}`, `{"type":3,"nsp":"/","data":{}}`, strings.Repeat("\x91", 1000)}

func TestGarbageOnShardedChannels(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	s := on(t, redisbus.NewSharded(client, redisbus.ShardedOptions{}), "a")
	bad := 0
	for _, channel := range []string{"socket.io#/#", "socket.io#/#a#", "socket.io-madang#", "socket.io-madang-of#a#", "socket.io-madang-asked#"} {
		for _, text := range garbage {
			client.SPublish(t.Context(), channel, text)
			bad++
		}
	}
	// What isn't for this server is nobody's mistake.
	client.SPublish(t.Context(), "socket.io#/#", `{"type":3,"uid":"x","nsp":"/other","data":{}}`)
	skips(t, s, bad, redisbus.NewShardedEmitter(client, redisbus.ShardedOptions{}))
}

func TestGarbageInStreams(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	s := on(t, redisbus.NewStreams(client, redisbus.StreamsOptions{}), "a")
	bad := 0
	for _, channel := range []string{"socket.io#/#", "socket.io#/#a#", "socket.io-madang#", "socket.io-madang-of#a#", "socket.io-madang-asked#"} {
		for _, text := range garbage {
			client.Publish(t.Context(), channel, text)
			bad++
		}
	}
	for _, fields := range [][]any{
		{"x", "y"}, {"nsp", "/"}, {"uid", "x", "nsp", "/", "type", "three", "data", "{}"}, {"uid", "x", "nsp", "/", "type", "99", "data", "{}"},
		{"uid", "x", "nsp", "/", "type", "3", "data", "!"}, {"uid", "x", "nsp", "/", "type", "3", "data", "gA=="}, {"uid", "x", "nsp", "/", "type", "3", "data", "{"},
		{"nsp", "/", "type", "4", "data", "{}"}, {"uid", "x", "nsp", "/", "type", "6", "data", "{}"}, {"uid", "", "nsp", "", "type", "", "data", "", "madang", "x"},
	} {
		client.XAdd(t.Context(), &redis.XAddArgs{Stream: "socket.io", Values: fields})
		bad++
	}
	skips(t, s, bad, redisbus.NewStreamsEmitter(client, redisbus.StreamsOptions{}))
	// A session that is none is an error, and gone.
	bus := s.bus.(socketio.SessionStore)
	for i, text := range []string{"!", "gA==", "\x00"} {
		key := fmt.Sprint("sio:session:", i)
		client.Set(t.Context(), key, text, 0)
		if x, err := bus.TakeSession(t.Context(), "/", fmt.Sprint(i)); err == nil || x != nil {
			t.Errorf("%q is the session %+v", text, x)
		}
		if n := client.Exists(t.Context(), key).Val(); n != 0 {
			t.Errorf("%q is still there", text)
		}
	}
}

func skips(t *testing.T, s *single, bad int, e interface{ Emit(string, ...any) error }) {
	t.Helper()
	if err := e.Emit("end"); err != nil {
		t.Fatal(err)
	}
	s.client.Expect("end")
	nodetest.Until(t, fmt.Sprint(bad, " are counted"), func() bool { return s.bus.Stats().Skipped >= uint64(bad) })
	if got := s.bus.Stats().Skipped; got != uint64(bad) {
		t.Errorf("%d of %d were counted", got, bad)
	}
	if warnings := s.lines("level=WARN"); warnings != 1 || s.lines("level=ERROR") != 0 {
		t.Errorf("the log:\n%s", s.log)
	}
}

// Streams and channels lie on different servers of a Redis Cluster.
func TestStreamsOnRedisCluster(t *testing.T) {
	t.Parallel()
	_, addresses := startRedisCluster(t)
	var all []*single
	o := redisbus.StreamsOptions{StreamCount: 5, ShardedPubSub: true}
	for _, name := range []string{"a", "b"} {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
		t.Cleanup(func() { client.Close() })
		all = append(all, on(t, redisbus.NewStreams(client, o), name))
	}
	nodetest.Knows(t, all[0], "b")
	nodetest.Knows(t, all[1], "a")
	namespaces := []string{"/", "/notifications", "/dashboard", "/chat", "/a", "/한국어"}
	clients := map[string]*siotest.Client{"/": all[1].client}
	for _, namespace := range namespaces[1:] {
		all[1].Of(namespace).OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return namespace, nil })
		clients[namespace] = siotest.Dial(t, all[1].Server, namespace, siotest.Options{Patience: patience})
	}
	for _, namespace := range namespaces {
		for i := range 100 {
			if err := all[0].Of(namespace).Emit("n", i); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, namespace := range namespaces {
		for i := range 100 {
			clients[namespace].Expect("n", i)
		}
		if n, err := all[0].Of(namespace).CountSockets(t.Context()); err != nil || n != 1 && n != 2 {
			t.Error(namespace, n, err)
		}
	}
	if answers, err := all[0].Of("/chat").ServerSideAsk(t.Context(), "name"); err != nil || len(answers) != 1 {
		t.Error(answers, err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
	t.Cleanup(func() { client.Close() })
	if err := redisbus.NewStreamsEmitter(client, o).Of("/dashboard").Emit("end"); err != nil {
		t.Fatal(err)
	}
	clients["/dashboard"].Expect("end")
}
