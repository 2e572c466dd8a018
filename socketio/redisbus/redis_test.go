package redisbus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
)

const patience = nodetest.Patience

func TestMain(m *testing.M) { leak.Main(m) }

// A broker is a redis-server of a test.
type broker struct {
	t    testing.TB
	port string
	args []string

	mu  sync.Mutex
	cmd *exec.Cmd // nil: it is away; guarded by mu
}

func startRedis(t testing.TB, args ...string) *broker {
	t.Helper()
	nodetest.Need(t, nodetest.Redis)
	port := strconv.Itoa(nodetest.FreePort(t))
	b := &broker{t: t, port: port, args: append([]string{
		"--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir(),
	}, args...)}
	t.Cleanup(b.stop)
	b.start()
	return b
}

func (b *broker) address() string { return "127.0.0.1:" + b.port }

func (b *broker) start() {
	path, err := nodetest.ProgramPath(nodetest.Redis)
	if err != nil {
		b.t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cmd = exec.Command(path, b.args...)
	if err := b.cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	client := redis.NewClient(&redis.Options{Addr: b.address(), MaxRetries: -1})
	defer client.Close()
	nodetest.Until(b.t, "redis-server answers", func() bool { return client.Ping(context.Background()).Err() == nil })
}

func (b *broker) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.cmd != nil {
		_ = b.cmd.Process.Kill()
		_ = b.cmd.Wait()
		b.cmd = nil
	}
}

const slots = 16384 // of a Redis Cluster

// startRedisCluster starts three masters.
func startRedisCluster(t testing.TB) (nodes []*broker, addresses []string) {
	var buses []string // the ports by which they speak to each other
	for range 3 {
		buses = append(buses, strconv.Itoa(nodetest.FreePort(t)))
		b := startRedis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", buses[len(buses)-1])
		nodes, addresses = append(nodes, b), append(addresses, b.address())
	}
	for i, b := range nodes {
		c, _ := b.client(t)
		if err := c.ClusterAddSlotsRange(t.Context(), i*slots/3, (i+1)*slots/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		if err := c.Do(t.Context(), "cluster", "meet", "127.0.0.1", nodes[0].port, buses[0]).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, b := range nodes {
		c, _ := b.client(t)
		nodetest.Until(t, "the cluster stands", func() bool {
			info, err := c.ClusterInfo(t.Context()).Result()
			return err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return nodes, addresses
}

// A line is the way of one server to Redis, which can be cut.
type line struct {
	mu    sync.Mutex
	off   bool              // guarded by mu
	conns map[net.Conn]bool // guarded by mu
}

func newLine() *line { return &line{conns: make(map[net.Conn]bool)} }

func (l *line) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.off {
		conn.Close()
		return nil, errors.New("the line is cut")
	}
	l.conns[conn] = true
	return conn, nil
}

func (l *line) set(off bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.off = off
	if off {
		for conn := range l.conns {
			conn.Close()
		}
		clear(l.conns)
	}
}

// client makes a client that is closed behind the servers of the test.
func (b *broker) client(t testing.TB) (*redis.Client, *line) {
	l := newLine()
	c := redis.NewClient(&redis.Options{Addr: b.address(), Dialer: l.dial})
	t.Cleanup(func() { c.Close() })
	return c, l
}

// lines are those of the buses of a test.
type lines struct {
	mu  sync.Mutex
	all map[socketio.Bus]*line // guarded by mu
}

func newLines() *lines { return &lines{all: make(map[socketio.Bus]*line)} }

func (l *lines) add(bus socketio.Bus, way *line) socketio.Bus {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all[bus] = way
	return bus
}

func (l *lines) of(bus socketio.Bus) *line {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all[bus]
}

func TestRedisBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.New(client, redisbus.Options{Key: fmt.Sprintf("key [%s]*", name)})
	})
}
