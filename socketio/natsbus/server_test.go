package natsbus_test

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

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
	log    *lockedBuffer
}

func (b *broker) server(t *testing.T, name string, o natsbus.Options, options ...nats.Option) *single {
	t.Helper()
	conn, w := b.connect(t, options...)
	s := &single{bus: natsbus.New(conn, o), conn: conn, way: w, lost: make(chan string, 100), log: new(lockedBuffer)}
	s.Server = siotest.NewServer(t, socketio.Options{
		Bus: s.bus, ServerName: name, AnswerTimeout: 3 * time.Second, MaxQueue: 64 << 20,
		Logger:   slog.New(slog.NewTextHandler(s.log, nil)),
		Observer: &socketio.Observer{BusLost: func(n int, why error) { s.lost <- fmt.Sprint(n, " ", why) }},
	})
	s.client = siotest.Dial(t, s.Server, "/", siotest.Options{Patience: patience})
	return s
}

// lines counts those of the log that hold a text.
func (s *single) lines(text string) int { return strings.Count(s.log.String(), text) }

func until(t testing.TB, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !f(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not in %v: %s", patience, what)
		}
	}
}

func healthy(t testing.TB, list ...*single) {
	t.Helper()
	for _, s := range list {
		until(t, s.Name()+" is healthy", func() bool { return s.bus.Health() == nil })
	}
}

func knows(t testing.TB, s *single, names ...string) {
	t.Helper()
	until(t, fmt.Sprintf("%s knows %q", s.Name(), names), func() bool {
		peers, err := s.Peers(t.Context())
		return err == nil && slices.Equal(peers, names)
	})
}

func recv(t testing.TB, c chan string) string {
	t.Helper()
	select {
	case got := <-c:
		return got
	case <-time.After(patience):
		t.Fatal("nothing is told")
		return ""
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type lockedBuffer struct {
	mu   sync.Mutex
	text []byte // guarded by mu
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text = append(b.text, p...)
	return len(p), nil
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return string(b.text)
}
