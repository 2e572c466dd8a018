package pgbus_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/pgbus"
)

func testEmitter(t *testing.T, b *broker) {
	s := b.server(t, "a", b.options)
	pool, _ := connect(t, b.URL())
	nodetest.Until(t, "it is there", func() bool { return s.bus.Health() == nil })
	e := pgbus.NewEmitter(pool, b.options)
	for i := range 10 {
		if err := e.Emit("n", i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 10 {
		s.client.Expect("n", i)
	}
	for name, err := range map[string]error{
		"reserved": e.Emit("disconnect"), "no name": e.Emit(""), "a channel": e.Emit("x", make(chan int)),
		"a server event without a name": e.ServerSideEmit(""), "a server event of a channel": e.ServerSideEmit("x", make(chan int)),
		"PostgreSQL is away": pgbus.NewEmitter(nowhere(t), b.options).Emit("x"),
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
	s.client.Expect("end")
}

// Over a transaction all is said when that is committed, also what is said twice, and nothing when
// it isn't.
func testTransaction(t *testing.T, b *broker) {
	s := b.server(t, "a", b.options)
	pool, _ := connect(t, b.URL())
	nodetest.Until(t, "it is there", func() bool { return s.bus.Health() == nil })
	for _, commit := range []bool{false, true} {
		tx, err := pool.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		e := pgbus.NewEmitter(tx, b.options)
		for range 100 {
			err = errors.Join(err, e.Emit("same"))
		}
		err = errors.Join(err, e.Emit("large", strings.Repeat("길", 5000)), e.Emit("binary", []byte{0, 255}))
		if err != nil {
			t.Fatal(err)
		}
		if err := pgbus.NewEmitter(pool, b.options).Emit("meanwhile"); err != nil {
			t.Fatal(err)
		}
		s.client.Expect("meanwhile")
		if !commit {
			err = tx.Rollback(t.Context())
		} else {
			err = tx.Commit(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 100 {
		s.client.Expect("same")
	}
	s.client.Expect("large", strings.Repeat("길", 5000))
	s.client.Expect("binary", []byte{0, 255})
	if got := s.bus.Stats().Skipped; got != 0 {
		t.Errorf("%d are skipped", got)
	}
}

func nowhere(t *testing.T) *pgxpool.Pool {
	pool, _ := connect(t, "postgres://madang@127.0.0.1:1/postgres?connect_timeout=1")
	return pool
}

var _ socketio.Emitter = pgbus.NewEmitter(nil, pgbus.Options{})
