package bustest_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
)

func TestMemoryBus(t *testing.T) {
	bustest.Run(t, func(testing.TB) bustest.Cluster {
		return cluster(func(inner socketio.Bus) socketio.Bus { return inner })
	})
}

// Nothing but the bytes of JSON passes, as on a network.
func TestMemoryBusOverJSON(t *testing.T) {
	bustest.Run(t, func(testing.TB) bustest.Cluster {
		return cluster(func(inner socketio.Bus) socketio.Bus { return overJSON{inner} })
	})
}

// cluster makes one on a MemoryBus. Each server's part of that is wrapped by wrap.
func cluster(wrap func(socketio.Bus) socketio.Bus) bustest.Cluster {
	mem := new(socketio.MemoryBus)
	return bustest.Cluster{
		Bus:  func() socketio.Bus { return &line{node: func() socketio.Bus { return wrap(mem.Node()) }} },
		Cut:  func(b socketio.Bus) { b.(interface{ cut() }).cut() },
		Heal: func(b socketio.Bus) { b.(interface{ heal() }).heal() },
	}
}

var errCut = errors.New("the line is cut")

// A line to a MemoryBus can be cut: the server leaves the bus then, and its server is told that all
// others have left.
type line struct {
	node    func() socketio.Bus
	server  socketio.BusServer
	deliver sync.Mutex // held while the server gets a message

	mu    sync.Mutex
	inner socketio.Bus // nil while cut; guarded by mu
	stop  func()       // of inner; guarded by mu
}

func (l *line) Start(s socketio.BusServer) (stop func()) {
	receive := s.Receive
	s.Receive = func(m *socketio.BusMessage) {
		l.deliver.Lock()
		defer l.deliver.Unlock()
		receive(m)
	}
	l.server = s
	l.heal()
	return func() { l.leave() }
}

func (l *line) heal() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inner = l.node()
	l.stop = l.inner.Start(l.server)
}

// leave returns who was there.
func (l *line) leave() (peers []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inner == nil {
		return nil
	}
	peers, _ = l.inner.Peers(context.Background())
	l.stop()
	l.inner = nil
	return peers
}

func (l *line) cut() {
	peers := l.leave()
	go func() { // what is being delivered may take long
		for _, name := range peers {
			l.server.Receive(&socketio.BusMessage{Kind: socketio.BusLeft, From: name})
		}
	}()
}

func (l *line) bus() (socketio.Bus, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.inner == nil {
		return nil, errCut
	}
	return l.inner, nil
}

func (l *line) Publish(m *socketio.BusMessage) error {
	b, err := l.bus()
	if err != nil {
		return err
	}
	return b.Publish(m)
}

func (l *line) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	b, err := l.bus()
	if err != nil {
		return nil, err
	}
	return b.Ask(ctx, m)
}

func (l *line) Peers(ctx context.Context) ([]string, error) {
	b, err := l.bus()
	if err != nil {
		return nil, err
	}
	return b.Peers(ctx)
}

func (l *line) Since(ctx context.Context, namespace, offset string, n int) ([]*socketio.BusMessage, error) {
	b, err := l.bus()
	if err != nil {
		return nil, err
	}
	return b.(socketio.EventLog).Since(ctx, namespace, offset, n)
}

func (l *line) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	b, err := l.bus()
	if err != nil {
		return err
	}
	return b.(socketio.SessionStore).SaveSession(ctx, namespace, s, keep)
}

func (l *line) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	b, err := l.bus()
	if err != nil {
		return nil, err
	}
	return b.(socketio.SessionStore).TakeSession(ctx, namespace, pid)
}

type overJSON struct{ socketio.Bus }

func (b overJSON) Since(ctx context.Context, namespace, offset string, n int) ([]*socketio.BusMessage, error) {
	return b.Bus.(socketio.EventLog).Since(ctx, namespace, offset, n)
}

func (b overJSON) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	copied := new(socketio.BusSession)
	if err := json.Unmarshal(data, copied); err != nil {
		return err
	}
	return b.Bus.(socketio.SessionStore).SaveSession(ctx, namespace, copied, keep)
}

func (b overJSON) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	return b.Bus.(socketio.SessionStore).TakeSession(ctx, namespace, pid)
}

func (b overJSON) Publish(m *socketio.BusMessage) error {
	copied, err := copyOf(m)
	if err != nil {
		return err
	}
	return b.Bus.Publish(copied)
}

func (b overJSON) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	copied, err := copyOf(m)
	if err != nil {
		return nil, err
	}
	return b.Bus.Ask(ctx, copied)
}

func copyOf(m *socketio.BusMessage) (*socketio.BusMessage, error) {
	data, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	copied := new(socketio.BusMessage)
	return copied, json.Unmarshal(data, copied)
}
