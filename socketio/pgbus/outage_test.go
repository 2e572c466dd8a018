package pgbus_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

const patience = nodetest.Patience

// A broker is PostgreSQL for a test, apart from the other tests.
type broker struct {
	*nodetest.PostgresServer
	options pgbus.Options
}

// TestOnOnePostgres runs what needs no PostgreSQL of its own.
func TestOnOnePostgres(t *testing.T) {
	p := startPostgres(t)
	for name, test := range map[string]func(*testing.T, *broker){
		"emitter":                  testEmitter,
		"transactions":             testTransaction,
		"foreign programs":         testForeignPrograms,
		"two servers of one name":  testTwoServersOfOneName,
		"sizes":                    testSizes,
		"equal messages":           testEqualMessages,
		"publishing is pipelined":  testPipelined,
		"asking at once":           testAskingAtOnce,
		"a refused message":        testRefused,
		"tables":                   testTables,
		"a pool that can't listen": testDeaf,
		"Listen":                   testListen,
		"old attachments":          testAttachmentsEnd,
		"catching up":              testCatchUp,
		"a turn that takes long":   testLongTurn,
		"a server named events":    testServerNamedEvents,
		"clusters apart":           testClustersApart,
		"the log is trimmed":       testTrim,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, &broker{p, apart()})
		})
	}
}

// A single is one server of ours, with a client, in a cluster of ours.
type single struct {
	*socketio.Server
	bus    *pgbus.Bus
	client *siotest.Client
	wire   *wire
	lost   chan string
	log    *nodetest.Output
}

func (b *broker) server(t testing.TB, name string, o pgbus.Options) *single {
	t.Helper()
	pool, w := connect(t, b.URL())
	s := &single{bus: pgbus.New(pool, o), wire: w, lost: make(chan string, 100), log: new(nodetest.Output)}
	s.Server = siotest.NewServer(t, socketio.Options{
		Bus: s.bus, ServerName: name, AnswerTimeout: patience, MaxQueue: 64 << 20,
		Logger:   slog.New(slog.NewTextHandler(s.log, nil)),
		Observer: &socketio.Observer{BusLost: func(n int, why error) { s.lost <- fmt.Sprint(n, " ", why) }},
	})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
	return s
}

// lines counts those of the log that hold a text.
func (s *single) lines(text string) int { return strings.Count(s.log.String(), text) }

// A message that PostgreSQL refuses doesn't take others with it that are sent at the same time.
func testRefused(t *testing.T, b *broker) {
	pool, _ := connect(t, b.URL())
	refuse := func(table string) {
		for _, sql := range []string{
			"CREATE FUNCTION " + table + "_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN" +
				" IF position('refuse me'::bytea IN NEW.payload) > 0 THEN RAISE 'no'; END IF; RETURN NEW; END $$",
			"CREATE TRIGGER refuse BEFORE INSERT ON " + table + " FOR EACH ROW EXECUTE FUNCTION " + table + "_refuse()",
		} {
			if _, err := pool.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
	}
	large := strings.Repeat("x", 10_000)
	const count = 30
	text := func(i int) string {
		if i == 3 || i == 20 {
			return fmt.Sprint("refuse me ", i, large)
		}
		return fmt.Sprint(i, strings.Repeat(large, i%2))
	}
	t.Run("attachments", func(t *testing.T) {
		s1, s2 := b.server(t, "a", b.options), b.server(t, "b", b.options)
		nodetest.Knows(t, s1, "b")
		nodetest.Knows(t, s2, "a")
		refuse(b.options.Table)
		s1.wire.set(true) // what waits is sent at once
		nodetest.Until(t, "it is noticed", func() bool { return s1.bus.Health() != nil })
		for i := range count {
			if err := s1.Of("/").Emit("n", text(i)); err != nil {
				t.Fatal(err)
			}
		}
		s1.wire.set(false)
		for i := range count {
			if !strings.HasPrefix(text(i), "refuse") {
				s2.client.Expect("n", text(i))
			}
		}
		nodetest.Until(t, "two are lost", func() bool { return s1.bus.Stats().Lost == 2 })
	})
	t.Run("the log", func(t *testing.T) {
		o := recovering()
		s1, s2 := b.keeper(t, "a", o), b.keeper(t, "b", o)
		refuse(o.EventTable)
		for i := range count {
			if err := s1.Of("/").Emit("n", text(i)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range count {
			s1.client.Expect("n", text(i))
			if !strings.HasPrefix(text(i), "refuse") {
				s2.client.Expect("n", text(i))
			}
		}
		nodetest.Until(t, "two are lost", func() bool { return s1.bus.Stats().Lost == 2 })
	})
}

// What waits while PostgreSQL is away comes later, in order and once; what doesn't fit is told.
func TestPostgresIsAway(t *testing.T) {
	t.Parallel()
	b := &broker{startPostgres(t), pgbus.Options{}}
	s1, s2 := b.server(t, "a", pgbus.Options{MaxQueue: 100_000}), b.server(t, "b", pgbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	b.Stop()
	nodetest.Until(t, "both notice", func() bool { return s1.bus.Health() != nil && s2.bus.Health() != nil })
	ns := s1.Of("/")
	for i := range 100 {
		if err := ns.Emit("kept", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := ns.Volatile().Emit("volatile"); err == nil {
		t.Error("a volatile event is kept")
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
	b.Start()
	for i := range 100 {
		s2.client.Expect("kept", i)
	}
	s2.client.Expect("large", large)
	nodetest.Until(t, "health", func() bool { return s1.bus.Health() == nil && s2.bus.Health() == nil })
	// Two large ones and the volatile one.
	if got := nodetest.Receive(t, s1.lost); !strings.HasPrefix(got, "3 ") {
		t.Error(got)
	}
	if got := nodetest.Receive(t, s2.lost); !strings.HasPrefix(got, "0 ") {
		t.Error(got)
	}
	nodetest.Knows(t, s1, "b")
	if err := ns.Emit("end"); err != nil {
		t.Error(err)
	}
	s2.client.Expect("end")
	if s1.lines("PostgreSQL is away:") != 1 {
		t.Errorf("the log:\n%s", s1.log)
	}
}

// A server that starts before PostgreSQL does is in the cluster when that is there.
func TestPostgresComesLater(t *testing.T) {
	t.Parallel()
	b := &broker{startPostgres(t), pgbus.Options{}}
	b.Stop()
	s1 := b.server(t, "a", pgbus.Options{})
	if err := s1.Of("/").Emit("early"); err != nil {
		t.Error(err)
	}
	s1.client.Expect("early")
	if _, err := s1.Of("/").FetchSockets(t.Context()); err == nil {
		t.Error("there is no cluster, and nothing says so")
	}
	b.Start()
	s2 := b.server(t, "b", pgbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	if n, err := s1.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
		t.Error(n, err)
	}
}

// A server that is back knows the others before it asks them.
func testAskingAtOnce(t *testing.T, b *broker) {
	s1, s2 := b.server(t, "a", b.options), b.server(t, "b", b.options)
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	for range 5 {
		if n, err := s1.Of("/").CountSockets(t.Context()); n != 2 || err != nil {
			t.Errorf("%d sockets, %v", n, err)
		}
		nodetest.Knows(t, s2, "a")
		s1.wire.set(true)
		nodetest.Until(t, "it is noticed", func() bool { return s1.bus.Health() != nil })
		s1.wire.set(false)
		nodetest.Until(t, "it is back", func() bool { return s1.bus.Health() == nil })
	}
}
