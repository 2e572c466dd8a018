package socketio

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// A calmBus is the application's Bus without its panics: it is called from the goroutines of events
// and answers. Once the server has left, the Bus isn't called any more, and what it still delivers
// is dropped.
type calmBus struct {
	bus  Bus
	log  *slog.Logger
	left atomic.Bool
}

// Start lets a panic through: there is no server yet, and New is called by the application.
func (b *calmBus) Start(s BusServer) (stop func()) {
	receive := s.Receive
	s.Receive = func(m *BusMessage) {
		if m != nil && !b.left.Load() {
			receive(m)
		}
	}
	end := b.bus.Start(s)
	return func() {
		b.left.Store(true)
		if end == nil {
			return
		}
		if err := guard(end); err != nil {
			logFailure(context.Background(), b.log, "the Bus panicked", err, "method", "stop")
		}
	}
}

func (b *calmBus) Publish(m *BusMessage) error {
	if b.left.Load() {
		return errBusStopped
	}
	return protect(func() error { return b.bus.Publish(m) })
}

func (b *calmBus) Ask(ctx context.Context, m *BusMessage) (asked []string, err error) {
	if b.left.Load() {
		return nil, errBusStopped
	}
	err = protect(func() (err error) { asked, err = b.bus.Ask(ctx, m); return err })
	return asked, err
}

func (b *calmBus) Peers(ctx context.Context) (names []string, err error) {
	if b.left.Load() {
		return nil, errBusStopped
	}
	err = protect(func() (err error) { names, err = b.bus.Peers(ctx); return err })
	return names, err
}

// keeps reports whether the Bus keeps events and sessions.
func (b *calmBus) keeps() bool {
	_, log := b.bus.(EventLog)
	_, store := b.bus.(SessionStore)
	return log && store
}

func (b *calmBus) Since(ctx context.Context, namespace, offset string, n int) (list []*BusMessage, err error) {
	if b.left.Load() {
		return nil, errBusStopped
	}
	err = protect(func() (err error) { list, err = b.bus.(EventLog).Since(ctx, namespace, offset, n); return err })
	return list, err
}

func (b *calmBus) SaveSession(ctx context.Context, namespace string, s *BusSession, keep time.Duration) error {
	if b.left.Load() {
		return errBusStopped
	}
	return protect(func() error { return b.bus.(SessionStore).SaveSession(ctx, namespace, s, keep) })
}

func (b *calmBus) TakeSession(ctx context.Context, namespace, pid string) (s *BusSession, err error) {
	if b.left.Load() {
		return nil, errBusStopped
	}
	err = protect(func() (err error) { s, err = b.bus.(SessionStore).TakeSession(ctx, namespace, pid); return err })
	return s, err
}
