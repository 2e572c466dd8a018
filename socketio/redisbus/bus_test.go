package redisbus_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// What other programs say on the channels is skipped, counted, and costs one warning.
func TestForeignPrograms(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1 := b.server(t, "a", redisbus.Options{})
	client, _ := b.client(t)
	nodetest.Until(t, "it is there", func() bool { return s1.bus.Health() == nil })
	bad := 0
	for _, channel := range []string{
		"socket.io#/#", "socket.io#/#room#", "socket.io-request#/#", "socket.io-madang#", "socket.io-madang-of#a#",
	} {
		for _, text := range []string{"", "{", "garbage", "\x93\xa1z\x80", "\xc1\xc1", "\xc1{\"Kind\":1}", `{"type":99,"uid":"x","name":""}`, strings.Repeat("\x91", 1000)} {
			client.Publish(t.Context(), channel, text)
			bad++
		}
	}
	// What isn't for this server is nobody's mistake.
	for _, channel := range []string{"socket.io#/other#", "socket.io#", "socket.io#garbage", "socket.io-request#/other#", "socket.io-response#/#", "socket.io-elsewhere"} {
		client.Publish(t.Context(), channel, `{"requestId":"aaaaaa","sockets":[]}`)
	}
	if err := redisbus.NewEmitter(client, redisbus.Options{}).Emit("end"); err != nil {
		t.Fatal(err)
	}
	s1.client.Expect("end")
	if got := s1.bus.Stats().Skipped; got != uint64(bad) {
		t.Errorf("%d of %d were counted", got, bad)
	}
	if warnings := s1.lines("level=WARN"); warnings != 1 || s1.lines("level=ERROR") != 0 {
		t.Errorf("the log:\n%s", s1.log)
	}
}

func TestTwoServersOfOneName(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "same", redisbus.Options{Heartbeat: 20 * time.Millisecond}), b.server(t, "same", redisbus.Options{Heartbeat: 20 * time.Millisecond})
	nodetest.Until(t, "both tell it", func() bool { return s1.lines("the same name") > 0 && s2.lines("the same name") > 0 })
	time.Sleep(100 * time.Millisecond)
	if s1.lines("the same name") != 1 {
		t.Errorf("the log:\n%s", s1.log)
	}
}

// Messages that are published at once are written at once.
func TestPublishingIsPipelined(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	var writes atomic.Int64
	client := redis.NewClient(&redis.Options{Addr: b.address(), Dialer: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &countedConn{conn, &writes}, err
	}})
	t.Cleanup(func() { client.Close() })
	bus := redisbus.New(client, redisbus.Options{})
	s1 := siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: "a"})
	s2 := b.server(t, "b", redisbus.Options{})
	nodetest.Knows(t, s2, "a")
	before := writes.Load()
	const count = 5000
	for i := range count {
		if err := s1.Of("/").Emit("n", i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range count {
		s2.client.Expect("n", i)
	}
	if n := writes.Load() - before; n > count/5 {
		t.Errorf("%d writes for %d messages", n, count)
	}
}

type countedConn struct {
	net.Conn
	writes *atomic.Int64
}

func (c *countedConn) Write(p []byte) (int, error) {
	c.writes.Add(1)
	return c.Conn.Write(p)
}

func TestMisuse(t *testing.T) {
	for name, f := range map[string]func(){
		"no client": func() { redisbus.New(nil, redisbus.Options{}) },
		"a ring": func() {
			ring := redis.NewRing(&redis.RingOptions{})
			defer ring.Close()
			redisbus.New(ring, redisbus.Options{})
		},
		"the name of emitters": func() { start(redisbus.New(nowhere(t), redisbus.Options{}), "emitter")() },
		"no name":              func() { start(redisbus.New(nowhere(t), redisbus.Options{}), " ")() },
		"twice": func() {
			b := redisbus.New(nowhere(t), redisbus.Options{})
			defer start(b, "a")()
			start(b, "a")
		},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it was accepted")
				}
			}()
			f()
		})
	}
	b := redisbus.New(nowhere(t), redisbus.Options{})
	if b.Health() == nil {
		t.Error("a bus without a server is healthy")
	}
	stop := start(b, "a")
	stop()
	stop()
	if err := b.Publish(&socketio.BusMessage{Kind: socketio.BusEmit, Namespace: "/", Event: "x"}); !errors.Is(err, socketio.ErrClosed) {
		t.Error(err)
	}
	if _, err := b.Ask(t.Context(), &socketio.BusMessage{Kind: socketio.BusLen, Request: "0123456789abcdef"}); !errors.Is(err, socketio.ErrClosed) {
		t.Error(err)
	}
	if _, err := b.Peers(t.Context()); !errors.Is(err, socketio.ErrClosed) {
		t.Error(err)
	}
	if b.Health() == nil {
		t.Error("a bus without a server is healthy")
	}
}

func start(b *redisbus.Bus, name string) (stop func()) {
	return b.Start(socketio.BusServer{Name: name, Receive: func(*socketio.BusMessage) {}, Logger: slog.New(slog.DiscardHandler)})
}

func nowhere(t *testing.T) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { c.Close() })
	return c
}

// An emitter over a pipeline sends all at once.
func TestEmitter(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1 := b.server(t, "a", redisbus.Options{})
	client, _ := b.client(t)
	nodetest.Until(t, "it is there", func() bool { return s1.bus.Health() == nil })
	pipe := client.Pipeline()
	e := redisbus.NewEmitter(pipe, redisbus.Options{})
	for i := range 10 {
		if err := e.Emit("n", i); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := pipe.Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		s1.client.Expect("n", i)
	}
	e = redisbus.NewEmitter(client, redisbus.Options{})
	for name, err := range map[string]error{
		"reserved": e.Emit("disconnect"), "no name": e.Emit(""), "a channel": e.Emit("x", make(chan int)),
		"a server event without a name": e.ServerSideEmit(""), "a server event of a channel": e.ServerSideEmit("x", make(chan int)),
		"Redis is away": redisbus.NewEmitter(nowhere(t), redisbus.Options{}).Emit("x"),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	// Without a room nobody is meant.
	for _, err := range []error{e.To().Emit("nobody"), e.To().SocketsJoin("x"), e.To().DisconnectSockets(), e.Of("other").Emit("nobody"), e.To("a", "b").Of("/").Emit("end")} {
		if err != nil {
			t.Error(err)
		}
	}
	s1.client.Expect("end")
}

var _ socketio.Emitter = emitter.Emitter{}

// Redis Cluster hands on what is published at one of its nodes.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	_, addresses := startRedisCluster(t)
	var all []*single
	for _, name := range []string{"a", "b"} {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
		t.Cleanup(func() { client.Close() })
		s := &single{bus: redisbus.New(client, redisbus.Options{})}
		s.Server = siotest.NewServer(t, socketio.Options{Bus: s.bus, ServerName: name})
		s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
		all = append(all, s)
	}
	nodetest.Knows(t, all[0], "b")
	nodetest.Knows(t, all[1], "a")
	for i := range 200 {
		if err := errors.Join(all[0].Of("/").To(all[1].client.ID()).Emit("one", i), all[0].Of("/").Emit("all", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 200 {
		all[1].client.Expect("one", i)
		all[1].client.Expect("all", i)
	}
	if n, err := all[0].Of("/").CountSockets(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
	client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
	t.Cleanup(func() { client.Close() })
	if err := redisbus.NewEmitter(client, redisbus.Options{}).Emit("end"); err != nil {
		t.Error(err)
	}
	all[1].client.Expect("end")
}
