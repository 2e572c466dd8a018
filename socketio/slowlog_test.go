package socketio_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A slowLog is a bus that keeps events, and hands a server's own ones back when the test wants.
type slowLog struct {
	socketio.Bus

	mu      sync.Mutex
	holds   bool       // guarded by mu
	held    []*message // guarded by mu
	refuses error      // of Publish; guarded by mu
	asleep  bool       // the store doesn't answer; guarded by mu
	receive func(*message)
}

var errLogAway = errors.New("refused by the test")

func (b *slowLog) Start(s socketio.BusServer) (stop func()) {
	b.receive = s.Receive
	s.Receive = func(m *message) {
		b.mu.Lock()
		held := b.holds && m.From == s.Name
		if held {
			b.held = append(b.held, m)
		}
		b.mu.Unlock()
		if !held {
			b.receive(m)
		}
	}
	return b.Bus.Start(s)
}

func (b *slowLog) Publish(m *message) error {
	b.mu.Lock()
	err := b.refuses
	b.mu.Unlock()
	if err != nil {
		return err
	}
	return b.Bus.Publish(m)
}

func (b *slowLog) set(holds bool, refuses error, asleep bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holds, b.refuses, b.asleep = holds, refuses, asleep
}

func (b *slowLog) hold() { b.set(true, nil, false) }

// release hands back what is held, as change leaves it.
func (b *slowLog) release(change func(*message)) {
	b.mu.Lock()
	held := b.held
	b.held, b.holds = nil, false
	b.mu.Unlock()
	for _, m := range held {
		if change != nil {
			change(m)
		}
		b.receive(m)
	}
}

func (b *slowLog) sleep(ctx context.Context) error {
	b.mu.Lock()
	asleep := b.asleep
	b.mu.Unlock()
	if asleep {
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (b *slowLog) Since(ctx context.Context, namespace, offset string, n int) ([]*message, error) {
	if err := b.sleep(ctx); err != nil {
		return nil, err
	}
	return b.Bus.(socketio.EventLog).Since(ctx, namespace, offset, n)
}

func (b *slowLog) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	if err := b.sleep(ctx); err != nil {
		return err
	}
	return b.Bus.(socketio.SessionStore).SaveSession(ctx, namespace, s, keep)
}

func (b *slowLog) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	if err := b.sleep(ctx); err != nil {
		return nil, err
	}
	return b.Bus.(socketio.SessionStore).TakeSession(ctx, namespace, pid)
}

// logged makes a server on a MemoryBus with a slow log.
func logged(t *testing.T, mem *socketio.MemoryBus, o socketio.Options) (*socketio.Server, *slowLog) {
	b := &slowLog{Bus: mem.Node()}
	o.Bus = b
	if o.Recovery == nil {
		o.Recovery = &socketio.RecoveryOptions{}
	}
	return siotest.NewServer(t, o), b
}
