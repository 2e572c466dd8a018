package natsbus

import (
	"context"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// NewLooking makes a Bus that also looks for servers that are gone when look is called.
func NewLooking(conn *nats.Conn, o Options) (b *Bus, look func(context.Context) error) {
	l := &looking{line: newLine(conn, o), sessions: make(chan *cluster.Session, 10)}
	l.bus = cluster.New(l, cluster.Options{Package: "natsbus", Broker: "NATS", Heartbeat: o.Heartbeat, Rooms: true})
	return &Bus{l.bus, l.line}, func(ctx context.Context) error {
		s := <-l.sessions
		l.sessions <- s
		return s.Look(ctx)
	}
}

type looking struct {
	*line
	sessions chan *cluster.Session
}

func (l *looking) Open(ctx context.Context, s *cluster.Session) (cluster.Link, error) {
	l.sessions <- s
	return l.line.Open(ctx, s)
}
