package pgbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// notify says something on a channel, as any program may.
func (b *broker) notify(t testing.TB, pool *pgxpool.Pool, channel, payload string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), "SELECT pg_notify($1, $2)", channel, payload); err != nil {
		t.Fatal(err)
	}
}

// What other programs say on the channels is skipped, counted, and costs one warning.
func testForeignPrograms(t *testing.T, b *broker) {
	s := b.server(t, "a", b.options)
	pool, _ := connect(t, b.URL())
	nodetest.Until(t, "it is there", func() bool { return s.bus.Health() == nil })
	bad := 0
	key := b.options.Channel
	for _, channel := range []string{key + "#/", key + "-madang", key + "-madang-of#a", key + "-madang-all"} {
		for _, text := range []string{
			"", "{", "garbage", "\u0093\u00a1z", "!", `!{"Kind":1}`, `{"type":99,"uid":"x","nsp":"/","name":""}`, strings.Repeat("[", 1000),
			`{"uid":"x","type":3,"attachmentId":"7000000"}`, `{"uid":"x","type":3,"attachmentId":"-1"}`,
			`{"type":3,"uid":"x","nsp":"/elsewhere"}`, `{"type":3,"uid":"x","nsp":"/","data":[]}`,
		} {
			b.notify(t, pool, channel, text)
			bad++
		}
	}
	// An attachment may hold anything.
	for _, content := range []string{"", "garbage", "\x93\x01", "{}"} {
		var id int64
		err := pool.QueryRow(t.Context(), "INSERT INTO "+b.options.Table+" (payload) VALUES ($1) RETURNING id", []byte(content)).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		b.notify(t, pool, key+"#/", fmt.Sprintf(`{"uid":"x","type":3,"attachmentId":"%d"}`, id))
		bad++
	}
	// What isn't for this server is nobody's mistake.
	for _, channel := range []string{key + "#/other", key, key + "#", key + "-madang-of#b"} {
		b.notify(t, pool, channel, "garbage")
	}
	b.notify(t, pool, key+"#/", `{"type":8,"uid":"x","nsp":"/","data":{"requestId":"aaaa","sockets":[]}}`)
	b.notify(t, pool, key+"#/", `{"type":2,"uid":"","nsp":"/"}`)
	if err := pgbus.NewEmitter(pool, b.options).Emit("end"); err != nil {
		t.Fatal(err)
	}
	s.client.Expect("end")
	if got := s.bus.Stats().Skipped; got != uint64(bad) {
		t.Errorf("%d of %d were counted", got, bad)
	}
	if warnings := s.lines("level=WARN"); warnings != 1 || s.lines("level=ERROR") != 0 {
		t.Errorf("the log:\n%s", s.log)
	}
}

func testTwoServersOfOneName(t *testing.T, b *broker) {
	o := b.options
	o.Heartbeat = 20 * time.Millisecond
	s1, s2 := b.server(t, "same", o), b.server(t, "same", o)
	nodetest.Until(t, "both tell it", func() bool { return s1.lines("the same name") > 0 && s2.lines("the same name") > 0 })
	time.Sleep(100 * time.Millisecond)
	if s1.lines("the same name") != 1 {
		t.Errorf("the log:\n%s", s1.log)
	}
}

// Messages of all sizes around that which a notification may have come whole, in order.
func testSizes(t *testing.T, b *broker) {
	s1, s2 := b.server(t, "a", b.options), b.server(t, "b", b.options)
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	pool, _ := connect(t, b.URL())
	var frame string
	nodetest.Until(t, "the length of a frame is known", func() bool {
		conn, err := pgx.Connect(t.Context(), b.URL())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(context.Background())
		if _, err := conn.Exec(t.Context(), "LISTEN "+pgx.Identifier{b.options.Channel + "#/"}.Sanitize()); err != nil {
			t.Fatal(err)
		}
		if err := s1.Of("/").Emit("x", ""); err != nil {
			t.Fatal(err)
		}
		n, err := conn.WaitForNotification(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		frame = n.Payload
		return strings.Contains(frame, `["x",""]`)
	})
	s2.client.Expect("x", "")
	for _, size := range []int{7997, 7998, 7999, 8000, 8001, 8191, 8192, 100_000} {
		text := strings.Repeat("y", size-len(frame))
		before := rows(t, pool, b.options.Table)
		for range 2 { // the second one has to differ from the first, also in one transaction
			if err := s1.Of("/").Emit("x", text); err != nil {
				t.Fatal(err)
			}
		}
		for range 2 {
			s2.client.Expect("x", text)
		}
		if kept := rows(t, pool, b.options.Table) - before; size <= 7999 && kept != 0 || size > 7999 && kept != 2 {
			t.Errorf("%d bytes: %d attachments", size, kept)
		}
	}
	// Texts that are none to PostgreSQL.
	for _, text := range []string{"\x00", "a\x00b", "\u2028", `\u0000`} {
		if err := s1.Of("/").Emit("x", text); err != nil {
			t.Fatal(err)
		}
		s2.client.Expect("x", text)
	}
}

func rows(t testing.TB, pool *pgxpool.Pool, table string) (n int) {
	t.Helper()
	if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// PostgreSQL delivers equal notifications of one transaction once: ours all come.
func testEqualMessages(t *testing.T, b *broker) {
	s1, s2 := b.server(t, "a", b.options), b.server(t, "b", b.options)
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	const count = 3000
	for i := range count {
		if err := s1.Of("/").Emit("same"); err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			if err := s1.Of("/").Emit("same", []byte("binary")); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i := range count {
		s2.client.Expect("same")
		if i%1000 == 0 {
			s2.client.Expect("same", []byte("binary"))
		}
	}
}

// Messages that are published at once are written at once.
func testPipelined(t *testing.T, b *broker) {
	var writes atomic.Int64
	c, err := pgxpool.ParseConfig(b.URL())
	if err != nil {
		t.Fatal(err)
	}
	c.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		return &countedConn{conn, &writes}, err
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s1 := siotest.NewServer(t, socketio.Options{Bus: pgbus.New(pool, b.options), ServerName: "a", MaxQueue: 64 << 20})
	s2 := b.server(t, "b", b.options)
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
		"no pool":              func() { pgbus.New(nil, pgbus.Options{}) },
		"no table":             func() { pgbus.New(nowhere(t), pgbus.Options{Table: "x; DROP TABLE y"}) },
		"no table to emit":     func() { pgbus.NewEmitter(nowhere(t), pgbus.Options{Table: "a.b.c"}) },
		"the name of emitters": func() { start(pgbus.New(nowhere(t), pgbus.Options{}), "emitter")() },
		"no name":              func() { start(pgbus.New(nowhere(t), pgbus.Options{}), " ")() },
		"twice": func() {
			b := pgbus.New(nowhere(t), pgbus.Options{})
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
	b := pgbus.New(nowhere(t), pgbus.Options{Table: "스키마.표"})
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
}

func start(b *pgbus.Bus, name string) (stop func()) {
	return b.Start(socketio.BusServer{Name: name, Receive: func(*socketio.BusMessage) {}, Logger: slog.New(slog.DiscardHandler)})
}
