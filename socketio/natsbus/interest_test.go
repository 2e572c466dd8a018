package natsbus_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A server gets what its rooms and namespaces need, and no more.
func TestInterest(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s1, s2, s3 := b.server(t, "a", natsbus.Options{}), b.server(t, "b", natsbus.Options{}), b.server(t, "c", natsbus.Options{})
	nodetest.Knows(t, s1, "b", "c")
	s1.Of("/own").Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("한 방.>*") })
	s2.Of("/own").Use(func(_ context.Context, s *socketio.Socket) error { return s.Join("한 방.>*") })
	far := siotest.Dial(t, s2.Server, "/own", siotest.Options{Patience: patience})
	before := s3.bus.Stats().Received
	for i := range 100 {
		must(t, s1.Of("/own").To("한 방.>*").Emit("room", i))
		must(t, s1.Of("/own").Emit("namespace", i))
		must(t, s1.Of("/").To("another").Emit("nobody"))
	}
	for i := range 100 {
		far.Expect("room", i)
		far.Expect("namespace", i)
	}
	must(t, s1.Of("/").Emit("end"))
	s2.client.Expect("end")
	s3.client.Expect("end")
	if got := s3.bus.Stats().Received - before; got != 1 {
		t.Errorf("%d messages came to a server that needs one", got)
	}
	// One whose last member has left gets nothing either.
	far.Close()
	before = s2.bus.Stats().Received
	nodetest.Until(t, "the room is left", func() bool {
		must(t, s1.Of("/own").To("한 방.>*").Emit("late"))
		must(t, s1.Of("/").Emit("mark"))
		s2.client.Expect("mark")
		now := s2.bus.Stats().Received
		one := now == before+1
		before = now
		return one
	})
}

// Who joins on behalf of another server, or has seen that, reaches the new member at once.
func TestRoomsThatOthersEnter(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s1, s2, s3 := b.server(t, "a", natsbus.Options{}), b.server(t, "b", natsbus.Options{}), b.server(t, "c", natsbus.Options{})
	nodetest.Knows(t, s1, "b", "c")
	nodetest.Knows(t, s3, "a", "b")
	seen := make(chan string, 1)
	s3.Of("/").OnServerEvent("joined", func(_ context.Context, a socketio.Args) (any, error) {
		var room string
		err := a.Decode(0, &room)
		seen <- room
		return nil, err
	})
	for i := range 100 {
		room := fmt.Sprint("room ", i)
		must(t, s1.Of("/").To(s2.client.ID()).SocketsJoin(room))
		must(t, s1.Of("/").To(room).Emit("of a", i))
		must(t, s1.Of("/").ServerSideEmit("joined", room))
		must(t, s3.Of("/").To(nodetest.Receive(t, seen)).Emit("of c", i))
		s2.client.Expect("of a", i)
		s2.client.Expect("of c", i)
	}
	must(t, s1.Of("/").To("room 1", "room 2", "none").Emit("once"))
	must(t, s1.Of("/").Emit("end"))
	s2.client.Expect("once")
	s2.client.Expect("end")
}

// A room may be named like the id of a socket, and a socket's id may have another form.
func TestIDs(t *testing.T) {
	t.Parallel()
	b := startNATS(t, server.Options{})
	s1, s2 := b.server(t, "a", natsbus.Options{}), b.server(t, "b", natsbus.Options{})
	nodetest.Knows(t, s1, "b")
	room := strings.Repeat("x", 20)
	s2.Of("/").Use(func(_ context.Context, s *socketio.Socket) error { return s.Join(room) })
	c := siotest.Dial(t, s2.Server, "/", siotest.Options{Patience: patience})
	must(t, s1.Of("/").To(room).Emit("room"))
	must(t, s1.Of("/").To(c.ID()).Emit("id"))
	c.Expect("room")
	c.Expect("id")
}
