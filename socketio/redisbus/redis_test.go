package redisbus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
	"github.com/madang-chat/madang/socketio/redisbus"
)

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
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
	l.Close()
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
	for range 500 {
		if client.Ping(context.Background()).Err() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.t.Fatal("redis-server doesn't answer")
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

// A line is the way of one server to Redis, which can be cut.
type line struct {
	mu    sync.Mutex
	off   bool              // guarded by mu
	conns map[net.Conn]bool // guarded by mu
}

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
	l := &line{conns: make(map[net.Conn]bool)}
	c := redis.NewClient(&redis.Options{Addr: b.address(), Dialer: l.dial})
	t.Cleanup(func() { c.Close() })
	return c, l
}

func TestRedisBus(t *testing.T) {
	nodetest.Need(t, nodetest.Redis)
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		b := startRedis(t)
		var mu sync.Mutex
		lines := make(map[socketio.Bus]*line)
		of := func(bus socketio.Bus) *line {
			mu.Lock()
			defer mu.Unlock()
			return lines[bus]
		}
		return bustest.Cluster{
			Bus: func() socketio.Bus {
				client, l := b.client(t)
				bus := redisbus.New(client, redisbus.Options{Key: fmt.Sprintf("key [%s]*", t.Name())})
				mu.Lock()
				defer mu.Unlock()
				lines[bus] = l
				return bus
			},
			Cut:         func(bus socketio.Bus) { of(bus).set(true) },
			Heal:        func(bus socketio.Bus) { of(bus).set(false) },
			StopBroker:  b.stop,
			StartBroker: b.start,
		}
	})
}
