package natsbus_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/natsbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A single is one server with a client in the main namespace.
type single struct {
	*socketio.Server
	bus    *natsbus.Bus
	client *siotest.Client
	conn   *nats.Conn
	way    *way
	lost   chan string
	log    *nodetest.Output
}

func (b *broker) server(t *testing.T, name string, o natsbus.Options, options ...nats.Option) *single {
	t.Helper()
	conn, w := b.connect(t, options...)
	s := &single{bus: natsbus.New(conn, o), conn: conn, way: w, lost: make(chan string, 100), log: new(nodetest.Output)}
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

func healthy(t testing.TB, list ...*single) {
	t.Helper()
	for _, s := range list {
		nodetest.Until(t, s.Name()+" is healthy", func() bool { return s.bus.Health() == nil })
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
