package pgbus_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/pgbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// The table is made once, by whoever comes first, also in a schema; who may use it need not be
// allowed to make one.
func testTables(t *testing.T, b *broker) {
	pool, _ := connect(t, b.URL())
	schema := strings.ToLower(b.options.Table)
	for _, sql := range []string{
		"CREATE SCHEMA " + schema, "CREATE ROLE " + schema + " LOGIN", "GRANT USAGE ON SCHEMA " + schema + " TO " + schema,
	} {
		if _, err := pool.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	o := b.options
	o.Table = schema + ".kept"
	poor := &broker{b.PostgresServer, o}
	url := strings.Replace(b.URL(), "madang@", schema+"@", 1)
	barred, _ := connect(t, url)
	bus := pgbus.New(barred, o)
	s := siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: "barred", Logger: slog.New(slog.DiscardHandler)})
	nodetest.Until(t, "it says what it may not", func() bool {
		err := bus.Health()
		return err != nil && strings.Contains(err.Error(), "make the table "+o.Table) && strings.Contains(err.Error(), "permission denied")
	})
	var all []*single
	for i := range 5 {
		all = append(all, poor.server(t, fmt.Sprint("s", i), o))
	}
	for _, s := range all {
		nodetest.Until(t, "it is there", func() bool { return s.bus.Health() == nil })
	}
	for _, sql := range []string{"GRANT INSERT, SELECT, DELETE ON ALL TABLES IN SCHEMA ", "GRANT USAGE ON ALL SEQUENCES IN SCHEMA "} {
		if _, err := pool.Exec(t.Context(), sql+schema+" TO "+schema); err != nil {
			t.Fatal(err)
		}
	}
	nodetest.Until(t, "it may use the table", func() bool { return bus.Health() == nil })
	if err := s.Of("/").Emit("x", []byte("binary")); err != nil {
		t.Fatal(err)
	}
	all[0].client.Expect("x", []byte("binary"))
}

// A pool that reaches another database than the connection that listens is as one over PgBouncer in
// transaction mode: nothing comes, and that is said.
func testDeaf(t *testing.T, b *broker) {
	pool, _ := connect(t, b.URL())
	elsewhere, err := pgx.ParseConfig(strings.Replace(b.URL(), "/postgres?", "/template1?", 1))
	if err != nil {
		t.Fatal(err)
	}
	o := b.options
	o.Listen = elsewhere
	bus := pgbus.New(pool, o)
	siotest.NewServer(t, socketio.Options{Bus: bus, Logger: slog.New(slog.DiscardHandler)})
	nodetest.Until(t, "it is said", func() bool {
		err := bus.Health()
		return err != nil && strings.Contains(err.Error(), "PgBouncer") && strings.Contains(err.Error(), "Options.Listen")
	})
}

func testListen(t *testing.T, b *broker) {
	o := b.options
	var err error
	if o.Listen, err = pgx.ParseConfig(b.URL() + "&application_name=listener"); err != nil {
		t.Fatal(err)
	}
	s1, s2 := b.server(t, "a", o), b.server(t, "b", b.options)
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	if err := s2.Of("/").Emit("x"); err != nil {
		t.Fatal(err)
	}
	s1.client.Expect("x")
	pool, _ := connect(t, b.URL())
	var n int
	err = pool.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'listener'").Scan(&n)
	if n != 1 || err != nil {
		t.Errorf("%d connections, %v", n, err)
	}
}

// Attachments that all have read are dropped.
func testAttachmentsEnd(t *testing.T, b *broker) {
	pool, _ := connect(t, b.URL())
	bus := pgbus.NewKeeping(pool, b.options, time.Second)
	siotest.NewServer(t, socketio.Options{Bus: bus})
	nodetest.Until(t, "it is there", func() bool { return bus.Health() == nil })
	if _, err := pool.Exec(t.Context(), "INSERT INTO "+b.options.Table+" (payload, created_at) VALUES ('old', now() - interval '1 min'), ('new', now() + interval '1 min')"); err != nil {
		t.Fatal(err)
	}
	nodetest.Until(t, "the old one is gone", func() bool { return rows(t, pool, b.options.Table) < 2 })
	if n := rows(t, pool, b.options.Table); n != 1 {
		t.Errorf("%d are left", n)
	}
}
