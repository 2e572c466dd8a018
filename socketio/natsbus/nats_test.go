package natsbus_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
	"github.com/madang-chat/madang/socketio/natsbus"
)

func TestMain(m *testing.M) { leak.Main(m) }

const patience = nodetest.Patience

// A broker is a nats-server of a test.
type broker struct {
	t    testing.TB
	opts server.Options

	mu      sync.Mutex
	running *server.Server // nil: it is away; guarded by mu
}

func startNATS(t testing.TB, o server.Options) *broker {
	t.Helper()
	o.Host, o.Port, o.NoLog, o.NoSigs = "127.0.0.1", nodetest.FreePort(t), true, true
	b := &broker{t: t, opts: o}
	t.Cleanup(b.stop)
	b.start()
	return b
}

func (b *broker) start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	opts := b.opts
	s, err := server.NewServer(&opts)
	if err != nil {
		b.t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(patience) {
		b.t.Fatal("nats-server doesn't begin")
	}
	b.running = s
}

func (b *broker) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.running != nil {
		b.running.Shutdown()
		b.running.WaitForShutdown()
		b.running = nil
	}
}

func (b *broker) address() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return fmt.Sprintf("127.0.0.1:%d", b.opts.Port)
}

// A way of one server to NATS, which can be cut.
type way struct {
	mu    sync.Mutex
	off   bool              // guarded by mu
	conns map[net.Conn]bool // guarded by mu
}

// Dial implements nats.CustomDialer.
func (w *way) Dial(network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(context.Background(), network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.off {
		conn.Close()
		return nil, errors.New("the way is cut")
	}
	w.conns[conn] = true
	return conn, nil
}

func (w *way) set(off bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.off = off
	if off {
		for conn := range w.conns {
			conn.Close()
		}
		clear(w.conns)
	}
}

// connect makes a connection that is closed behind the servers of the test.
func (b *broker) connect(t testing.TB, options ...nats.Option) (*nats.Conn, *way) {
	t.Helper()
	w := &way{conns: make(map[net.Conn]bool)}
	conn, err := nats.Connect("nats://"+b.address(), append([]nats.Option{
		nats.SetCustomDialer(w), nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond), nats.RetryOnFailedConnect(true),
		nats.ReconnectJitter(10*time.Millisecond, 10*time.Millisecond), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}),
	}, options...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	return conn, w
}

func TestNATSBus(t *testing.T) {
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		b := startNATS(t, server.Options{})
		var mu sync.Mutex
		ways := make(map[socketio.Bus]*way)
		of := func(bus socketio.Bus) *way {
			mu.Lock()
			defer mu.Unlock()
			return ways[bus]
		}
		return bustest.Cluster{
			Patience: patience,
			Bus: func() socketio.Bus {
				conn, w := b.connect(t)
				bus := natsbus.New(conn, natsbus.Options{})
				mu.Lock()
				defer mu.Unlock()
				ways[bus] = w
				return bus
			},
			Cut:         func(bus socketio.Bus) { of(bus).set(true) },
			Heal:        func(bus socketio.Bus) { of(bus).set(false) },
			StopBroker:  b.stop,
			StartBroker: b.start,
		}
	})
}

// The same with a log, by which Recovery brings clients back to any server.
func TestStreamBus(t *testing.T) {
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		b := startNATS(t, server.Options{JetStream: true, StoreDir: t.TempDir()})
		var mu sync.Mutex
		ways := make(map[socketio.Bus]*way)
		of := func(bus socketio.Bus) *way {
			mu.Lock()
			defer mu.Unlock()
			return ways[bus]
		}
		return bustest.Cluster{
			Patience: patience,
			Bus: func() socketio.Bus {
				conn, w := b.connect(t)
				bus := natsbus.NewStream(conn, natsbus.StreamOptions{})
				mu.Lock()
				defer mu.Unlock()
				ways[bus] = w
				return bus
			},
			Cut:         func(bus socketio.Bus) { of(bus).set(true) },
			Heal:        func(bus socketio.Bus) { of(bus).set(false) },
			StopBroker:  b.stop,
			StartBroker: b.start,
			CatchesUp:   true,
		}
	})
}
