package pgbus_test

import (
	"context"
	"crypto/rand"
	"errors"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
	"github.com/madang-chat/madang/socketio/pgbus"
)

func startPostgres(t testing.TB) *nodetest.PostgresServer {
	t.Helper()
	nodetest.Need(t, nodetest.Postgres)
	return nodetest.StartPostgres(t, "max_connections=600")
}

// A wire is the way of one server to PostgreSQL, which can be cut.
type wire struct {
	mu    sync.Mutex
	off   bool              // guarded by mu
	conns map[net.Conn]bool // guarded by mu
}

func (w *wire) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := new(net.Dialer).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.off {
		conn.Close()
		return nil, errors.New("the wire is cut")
	}
	w.conns[conn] = true
	return conn, nil
}

func (w *wire) set(off bool) {
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

// connect makes a pool that is closed behind the servers of the test.
func connect(t testing.TB, url string) (*pgxpool.Pool, *wire) {
	t.Helper()
	w := &wire{conns: make(map[net.Conn]bool)}
	c, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	c.ConnConfig.DialFunc = w.dial
	pool, err := pgxpool.NewWithConfig(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool, w
}

// apart are options by which the servers of a test are apart from those of others.
func apart() pgbus.Options {
	text := rand.Text()
	return pgbus.Options{Channel: text[:10], Table: "t_" + text}
}

func TestPgBus(t *testing.T) {
	p := startPostgres(t)
	testBus(t, p, func() func(*pgxpool.Pool) socketio.Bus {
		o := apart()
		return func(pool *pgxpool.Pool) socketio.Bus { return pgbus.New(pool, o) }
	})
}

func TestRecoveringBus(t *testing.T) {
	p := startPostgres(t)
	testBus(t, p, func() func(*pgxpool.Pool) socketio.Bus {
		o := recovering()
		return func(pool *pgxpool.Pool) socketio.Bus { return pgbus.NewRecovering(pool, o) }
	})
}

func recovering() pgbus.RecoveringOptions {
	o := apart()
	return pgbus.RecoveringOptions{Options: o, EventTable: o.Table + "_events", SessionTable: o.Table + "_sessions"}
}

func testBus(t *testing.T, p *nodetest.PostgresServer, cluster func() func(*pgxpool.Pool) socketio.Bus) {
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		bus := cluster()
		var mu sync.Mutex
		wires := make(map[socketio.Bus]*wire)
		of := func(bus socketio.Bus) *wire {
			mu.Lock()
			defer mu.Unlock()
			return wires[bus]
		}
		return bustest.Cluster{
			Patience: patience,
			Bus: func() socketio.Bus {
				pool, w := connect(t, p.URL())
				bus := bus(pool)
				mu.Lock()
				defer mu.Unlock()
				wires[bus] = w
				return bus
			},
			Cut:       func(bus socketio.Bus) { of(bus).set(true) },
			Heal:      func(bus socketio.Bus) { of(bus).set(false) },
			CatchesUp: true, // the one with a log
		}
	})
}
