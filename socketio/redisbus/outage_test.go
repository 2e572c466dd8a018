package redisbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A single is one server of ours, with a client, in a cluster of ours.
type single struct {
	*socketio.Server
	bus    *redisbus.Bus
	client *siotest.Client
	line   *line
	lost   chan string
	log    *lockedBuffer
}

func (b *broker) server(t *testing.T, name string, o redisbus.Options) *single {
	client, l := b.client(t)
	s := &single{bus: redisbus.New(client, o), line: l, lost: make(chan string, 100), log: new(lockedBuffer)}
	s.Server = siotest.NewServer(t, socketio.Options{
		Bus: s.bus, ServerName: name, AnswerTimeout: time.Second,
		Logger:   slog.New(slog.NewTextHandler(s.log, nil)),
		Observer: &socketio.Observer{BusLost: func(n int, why error) { s.lost <- fmt.Sprint(n, " ", why) }},
	})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
	return s
}

// lines counts those of the log that hold a text.
func (s *single) lines(text string) int { return strings.Count(s.log.String(), text) }

func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

func knows(t testing.TB, s *single, names ...string) {
	t.Helper()
	until(t, fmt.Sprintf("%s knows %q", s.Name(), names), func() bool {
		peers, err := s.Peers(t.Context())
		return err == nil && slices.Equal(peers, names)
	})
}

// What waits while Redis is away comes later, in order and once; what doesn't fit is told once.
func TestRedisIsAway(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "a", redisbus.Options{MaxQueue: 100_000}), b.server(t, "b", redisbus.Options{})
	knows(t, s1, "b")
	knows(t, s2, "a")
	if err := s1.bus.Health(); err != nil {
		t.Error(err)
	}
	b.stop()
	until(t, "both notice", func() bool { return s1.bus.Health() != nil && s2.bus.Health() != nil })
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
	until(t, "health", func() bool { return s1.bus.Health() == nil && s2.bus.Health() == nil })
	// Two large ones and the volatile one.
	if got := recv(t, s1.lost); !strings.HasPrefix(got, "3 ") {
		t.Error(got)
	}
	if got := recv(t, s2.lost); !strings.HasPrefix(got, "0 ") {
		t.Error(got)
	}
	knows(t, s1, "b")
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

func recv(t testing.TB, c chan string) string {
	t.Helper()
	select {
	case got := <-c:
		return got
	case <-time.After(patience):
		t.Fatal("nothing is told")
		return ""
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
	knows(t, s1, "b")
	knows(t, s2, "a")
	if n, err := s1.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
}

// A Redis that accepts and says nothing holds up nobody, and is noticed.
func TestRedisHangs(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1, s2 := b.server(t, "a", redisbus.Options{Heartbeat: 100 * time.Millisecond}), b.server(t, "b", redisbus.Options{Heartbeat: 100 * time.Millisecond})
	knows(t, s1, "b")
	knows(t, s2, "a")
	b.signal(syscall.SIGSTOP)
	for i := range 200 {
		_ = s1.Of("/").Emit("n", i)
		s1.client.Expect("n", i)
	}
	c, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s1.Of("/").FetchSockets(c); err == nil {
		t.Error("a Redis that hangs knows who is there")
	}
	until(t, "it is noticed", func() bool { return s1.bus.Health() != nil })
	b.signal(syscall.SIGCONT)
	knows(t, s1, "b")
	knows(t, s2, "a")
	if err := s2.Of("/").Emit("end"); err != nil {
		t.Error(err)
	}
	s1.client.Expect("end")
}

func (b *broker) signal(s syscall.Signal) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd != nil {
		_ = b.cmd.Process.Signal(s)
	}
}

// What other programs say on the channels is skipped, counted, and costs one warning.
func TestForeignPrograms(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	s1 := b.server(t, "a", redisbus.Options{})
	client, _ := b.client(t)
	until(t, "it is there", func() bool { return s1.bus.Health() == nil })
	bad := 0
	for _, channel := range []string{
		"socket.io#/#", "socket.io#/#room#", "socket.io-request#/#", "socket.io-madang#", "socket.io-madang-of#a#",
	} {
		for _, text := range []string{"", "{", "garbage", "\x93\xa1a\x80", "\xc1\xc1", "\xc1{\"Kind\":1}", `{"type":99,"uid":"x","name":""}`, strings.Repeat("\x91", 1000)} {
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
	if got := s1.bus.Skipped(); got != uint64(bad) {
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
	until(t, "both tell it", func() bool { return s1.lines("the same name") > 0 && s2.lines("the same name") > 0 })
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
	knows(t, s2, "a")
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
	until(t, "it is there", func() bool { return s1.bus.Health() == nil })
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

var _ socketio.Emitter = redisbus.Emitter{}

// Redis Cluster hands on what is published at one of its nodes.
func TestRedisCluster(t *testing.T) {
	t.Parallel()
	var nodes []*broker
	var addresses []string
	for range 3 {
		b := startRedis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000")
		nodes, addresses = append(nodes, b), append(addresses, b.address())
	}
	const slots = 16384
	for i, b := range nodes {
		c, _ := b.client(t)
		if err := c.ClusterAddSlotsRange(t.Context(), i*slots/3, (i+1)*slots/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.ClusterMeet(t.Context(), "127.0.0.1", nodes[0].port).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range nodes {
		c, _ := b.client(t)
		until(t, "the cluster stands", func() bool {
			info, err := c.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	var all []*single
	for _, name := range []string{"a", "b"} {
		client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses})
		t.Cleanup(func() { client.Close() })
		s := &single{bus: redisbus.New(client, redisbus.Options{})}
		s.Server = siotest.NewServer(t, socketio.Options{Bus: s.bus, ServerName: name})
		s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
		all = append(all, s)
	}
	knows(t, all[0], "b")
	knows(t, all[1], "a")
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
