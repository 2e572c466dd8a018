package natsbus_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// What waits while NATS is away comes later, in order and once; what doesn't fit is told once.
func TestNATSIsAway(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s1, s2 := b.server(t, "a", natsbus.Options{MaxQueue: 100_000}), b.server(t, "b", natsbus.Options{})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	b.stop()
	nodetest.Until(t, "both notice", func() bool { return s1.bus.Health() != nil && s2.bus.Health() != nil })
	ns := s1.Of("/")
	for i := range 100 {
		must(t, ns.Emit("kept", i))
	}
	if err := ns.Volatile().Emit("volatile"); err == nil {
		t.Error("a volatile event is kept")
	}
	large := strings.Repeat("x", 60_000)
	must(t, ns.Emit("large", large))
	if err := ns.Emit("large", large); !errors.Is(err, socketio.ErrSlow) {
		t.Error(err)
	}
	// A room that others enter now, and hear later.
	must(t, ns.To(s2.client.ID()).SocketsJoin("new"))
	must(t, ns.To("new").Emit("in new"))
	b.start()
	for i := range 100 {
		s2.client.Expect("kept", i)
	}
	s2.client.Expect("large", large)
	s2.client.Expect("in new")
	healthy(t, s1, s2)
	if got := nodetest.Receive(t, s1.lost); !strings.HasPrefix(got, "2 ") {
		t.Error(got)
	}
	if got := nodetest.Receive(t, s2.lost); !strings.HasPrefix(got, "0 ") {
		t.Error(got)
	}
	if s1.lines(`level=WARN msg="natsbus: NATS is away`) != 1 || s1.bus.Stats().Reconnects != 1 {
		t.Errorf("%+v, the log:\n%s", s1.bus.Stats(), s1.log)
	}
}

// A connection that the user closes, or that has given up, is said to be.
func TestConnectionIsClosed(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s := b.server(t, "a", natsbus.Options{})
	healthy(t, s)
	s.conn.Close()
	nodetest.Until(t, "it is noticed", func() bool { return errors.Is(s.bus.Health(), nats.ErrConnectionClosed) })
	if err := s.Of("/").Emit("here"); err != nil {
		t.Error(err)
	}
	s.client.Expect("here")
}

// What a server of NATS doesn't allow is an error of Health.
func TestPermissions(t *testing.T) {
	t.Parallel()
	allow := func(list ...string) *server.SubjectPermission { return &server.SubjectPermission{Allow: list} }
	b := startNATS(t, server.Options{Users: []*server.User{
		{Username: "all", Password: "x", Permissions: &server.Permissions{Publish: allow("socket.io.>"), Subscribe: allow("socket.io.>")}},
		{Username: "deaf", Password: "x", Permissions: &server.Permissions{Publish: allow("socket.io.>"), Subscribe: allow("other")}},
		{Username: "mute", Password: "x", Permissions: &server.Permissions{Publish: allow("socket.io.servers", "socket.io.server.*"), Subscribe: allow("socket.io.>")}},
		{Username: "narrow", Password: "x", Permissions: &server.Permissions{Publish: allow("socket.io.>"), Subscribe: &server.SubjectPermission{Deny: []string{"socket.io.room.>"}}}},
	}})
	user := func(name string) nats.Option { return nats.UserInfo(name, "x") }
	all := b.server(t, "all", natsbus.Options{}, user("all"))
	healthy(t, all)
	deaf := b.server(t, "deaf", natsbus.Options{}, user("deaf"))
	denied := func(s *single) func() bool {
		return func() bool { return errors.Is(s.bus.Health(), nats.ErrPermissionViolation) }
	}
	nodetest.Until(t, "a server that may hear nothing says so", denied(deaf))
	mute := b.server(t, "mute", natsbus.Options{}, user("mute"))
	healthy(t, mute)
	must(t, mute.Of("/").Emit("unheard"))
	nodetest.Until(t, "a server that may say nothing says so", denied(mute))
	if got := nodetest.Receive(t, mute.lost); !strings.HasPrefix(got, "1 ") || !strings.Contains(got, "socket.io.in./") {
		t.Error(got)
	}
	narrow := b.server(t, "narrow", natsbus.Options{}, user("narrow"))
	healthy(t, narrow)
	so, _ := narrow.Of("/").Socket(narrow.client.ID())
	must(t, so.Join("room"))
	nodetest.Until(t, "a server that can't hear its room says so", denied(narrow))
}

// Whoever is gone is missed by the next look, and not when heartbeats have been missed.
func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	conn, _ := b.connect(t)
	bus, look := natsbus.NewLooking(conn, natsbus.Options{Heartbeat: time.Hour})
	s1 := &single{Server: siotest.NewServer(t, socketio.Options{Bus: bus, ServerName: "a", Logger: discard})}
	s2 := b.server(t, "b", natsbus.Options{Heartbeat: time.Hour})
	nodetest.Knows(t, s1, "b")
	nodetest.Knows(t, s2, "a")
	must(t, look(t.Context()))
	nodetest.Knows(t, s1, "b")
	s2.way.set(true)
	nodetest.Until(t, "it is missed", func() bool {
		must(t, look(t.Context()))
		peers, err := s1.Peers(t.Context())
		return err == nil && len(peers) == 0
	})
}

// A server that can't keep up is away until it has caught up, and is told that it missed something.
func TestSlowServer(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	held := make(chan struct{})
	release := sync.OnceFunc(func() { close(held) })
	conn, _ := b.connect(t)
	slow := natsbus.New(conn, natsbus.Options{})
	lost := make(chan string, 10)
	stop := slow.Start(socketio.BusServer{Name: "slow", Logger: discard, Receive: func(m *socketio.BusMessage) {
		<-held
		if m.Kind == socketio.BusLost {
			lost <- m.Failure
		}
	}})
	defer stop()
	defer release()
	s := b.server(t, "a", natsbus.Options{MaxQueue: -1})
	nodetest.Until(t, "it is there", func() bool { return slow.Health() == nil })
	large := strings.Repeat("x", 1<<20)
	nodetest.Until(t, "it is too slow", func() bool {
		_ = s.Of("/").To("none", "nobody").Emit("large", large)
		return slow.Health() != nil
	})
	if err := slow.Health(); !strings.Contains(err.Error(), "slow") {
		t.Error(err)
	}
	release()
	if got := nodetest.Receive(t, lost); !strings.Contains(got, "slow") {
		t.Error(got)
	}
	nodetest.Until(t, "it has caught up", func() bool { return slow.Health() == nil })
}
