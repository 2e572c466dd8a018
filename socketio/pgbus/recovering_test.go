package pgbus_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A keeper is a server of ours that recovers clients.
type keeper struct {
	*socketio.Server
	bus    *pgbus.RecoveringBus
	client *siotest.Client
	wire   *wire
}

func (b *broker) keeper(t testing.TB, name string, o pgbus.RecoveringOptions) *keeper {
	t.Helper()
	pool, w := connect(t, b.URL())
	k := &keeper{bus: pgbus.NewRecovering(pool, o), wire: w}
	k.Server = siotest.NewServer(t, socketio.Options{
		Bus: k.bus, ServerName: name, Recovery: &socketio.RecoveryOptions{}, MaxQueue: 64 << 20, Logger: slog.New(slog.DiscardHandler),
	})
	k.client = siotest.Dial(t, k.Server, "/", siotest.Options{Patience: patience})
	nodetest.Until(t, "it is there", func() bool { return k.bus.Health() == nil })
	return k
}

// A server that was cut off reads in the log what it missed, large and binary events too.
func testCatchUp(t *testing.T, b *broker) {
	o := recovering()
	s1, s2 := b.keeper(t, "a", o), b.keeper(t, "b", o)
	pool, _ := connect(t, b.URL())
	e := pgbus.NewRecoveringEmitter(pool, o)
	if err := e.Emit("first"); err != nil {
		t.Fatal(err)
	}
	s1.client.Expect("first")
	s2.client.Expect("first")
	s2.wire.set(true)
	nodetest.Until(t, "it is noticed", func() bool { return s2.bus.Health() != nil })
	large := strings.Repeat("길", 10_000)
	for _, err := range []error{
		s1.Of("/").Emit("missed", 1), s1.Of("/").Emit("missed", large), s1.Of("/").Emit("missed", []byte("binary")), s1.Of("/").To("nobody").Emit("elsewhere"),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, v := range []any{1, large, []byte("binary")} {
		s1.client.Expect("missed", v)
	}
	if err := e.Emit("by an emitter", large); err != nil {
		t.Fatal(err)
	}
	s1.client.Expect("by an emitter", large)
	s2.wire.set(false)
	for _, v := range []any{1, large, []byte("binary")} {
		s2.client.Expect("missed", v)
	}
	s2.client.Expect("by an emitter", large)
	if err := s1.Of("/").Emit("end"); err != nil {
		t.Fatal(err)
	}
	s2.client.Expect("end")
	s1.client.Expect("end")
	offset := s2.client.Session()["offset"]
	if list, err := s1.bus.Since(t.Context(), "/", offset, 10); err != nil || len(list) != 0 {
		t.Errorf("%d behind %q, %v", len(list), offset, err)
	}
	if list, err := s1.bus.Since(t.Context(), "/", "1", 3); err != nil || len(list) != 3 || list[2].Args.Len() != 1 || list[0].Offset <= "1" {
		t.Errorf("%v behind the first one, %v", list, err)
	}
	for _, unknown := range []string{"", "0", "-1", "x", "7-7", "1000000", "99999999999999999999"} {
		if _, err := s1.bus.Since(t.Context(), "/", unknown, 3); !errors.Is(err, socketio.ErrOffset) {
			t.Errorf("behind %q: %v", unknown, err)
		}
	}
}

// A server whose heartbeats wait behind its events, which wait for their turn, isn't cut off while
// others are heard: what was on its way would be lost.
func testLongTurn(t *testing.T, b *broker) {
	o := recovering()
	o.Heartbeat = time.Second / 2
	s1, s2 := b.keeper(t, "a", o), b.keeper(t, "b", o)
	pool, _ := connect(t, b.URL())
	tx, err := pool.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback(t.Context())
	first, second := s1.bus.Turn()
	if _, err := tx.Exec(t.Context(), "SELECT pg_advisory_xact_lock($1, $2)", first, second); err != nil {
		t.Fatal(err)
	}
	const events = 500
	for i := range events {
		if err := s1.Of("/").Emit("waits", i); err != nil {
			t.Fatal(err)
		}
	}
	for range 8 {
		time.Sleep(o.Heartbeat)
		if err := s1.bus.Health(); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i := range events {
		s2.client.Expect("waits", i)
	}
}

// Servers may have any name.
func testServerNamedEvents(t *testing.T, b *broker) {
	o := recovering()
	s1, s2 := b.keeper(t, "events", o), b.keeper(t, "b", o)
	for _, v := range []any{"small", strings.Repeat("길", 10_000)} {
		for _, s := range []*keeper{s1, s2} {
			if err := s.Of("/").Emit("x", v); err != nil {
				t.Fatal(err)
			}
			s1.client.Expect("x", v)
			s2.client.Expect("x", v)
		}
	}
}

// Clusters that share the tables have none of each other's events and sessions.
func testClustersApart(t *testing.T, b *broker) {
	o, other := recovering(), recovering()
	other.Channel = o.Channel + "x"
	other.Table, other.EventTable, other.SessionTable = o.Table, o.EventTable, o.SessionTable
	s, elsewhere := b.keeper(t, "a", o), b.keeper(t, "b", other)
	emit := func(s *keeper, event string) {
		t.Helper()
		if err := s.Of("/").Emit(event); err != nil {
			t.Fatal(err)
		}
		s.client.Expect(event)
	}
	emit(s, "first")
	s.wire.set(true)
	nodetest.Until(t, "it is noticed", func() bool { return s.bus.Health() != nil })
	emit(elsewhere, "of others")
	pool, _ := connect(t, b.URL())
	if err := pgbus.NewRecoveringEmitter(pool, o).Emit("missed"); err != nil {
		t.Fatal(err)
	}
	s.wire.set(false)
	s.client.Expect("missed")
	if list, err := s.bus.Since(t.Context(), "/", "1", 10); err != nil || len(list) != 1 {
		t.Errorf("%d behind the first one, %v", len(list), err)
	}
	if err := s.bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "p"}, time.Minute); err != nil {
		t.Fatal(err)
	}
	if got, err := elsewhere.bus.TakeSession(t.Context(), "/", "p"); got != nil || err != nil {
		t.Errorf("a session of others: %v, %v", got, err)
	}
	if got, err := s.bus.TakeSession(t.Context(), "/", "p"); got == nil || err != nil {
		t.Errorf("the session: %v, %v", got, err)
	}
}

// The log keeps so many events, and says when it has dropped what is asked for.
func testTrim(t *testing.T, b *broker) {
	o := recovering()
	o.MaxEvents = 10
	s := b.keeper(t, "a", o)
	pool, _ := connect(t, b.URL())
	for i := range 30 {
		if err := s.Of("/").Emit("n", i); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 30 {
		s.client.Expect("n", i)
	}
	if err := s.bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "old"}, 0); err != nil {
		t.Fatal(err)
	}
	if err := s.bus.SaveSession(t.Context(), "/", &socketio.BusSession{PID: "new"}, 1<<62); err != nil {
		t.Fatal(err)
	}
	s.bus.Trim(t.Context())
	if n := rows(t, pool, o.EventTable); n != 10 {
		t.Errorf("%d events are left", n)
	}
	if n := rows(t, pool, o.SessionTable); n != 1 {
		t.Errorf("%d sessions are left", n)
	}
	if _, err := s.bus.Since(t.Context(), "/", "20", 100); !errors.Is(err, socketio.ErrOffset) {
		t.Error(err)
	}
	if list, err := s.bus.Since(t.Context(), "/", "21", 100); len(list) != 9 || err != nil {
		t.Errorf("%d events, %v", len(list), err)
	}
	for _, c := range []struct {
		pid   string
		there bool
	}{{"new", true}, {"new", false}, {"old", false}, {"a\x00b", false}, {"\xff", false}} {
		got, err := s.bus.TakeSession(t.Context(), "/", c.pid)
		if err != nil || (got != nil) != c.there || got != nil && got.PID != c.pid {
			t.Errorf("%q: %v, %v", c.pid, got, err)
		}
	}
}
