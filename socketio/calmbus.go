package socketio

import (
	"context"
	"log/slog"
)

// A calmBus is the application's Bus without its panics: it is called from the goroutines of events and answers.
type calmBus struct {
	bus Bus
	log *slog.Logger
}

// Start lets a panic through: there is no server yet, and New is called by the application.
func (b calmBus) Start(receive func(*BusMessage)) (stop func()) {
	end := b.bus.Start(func(m *BusMessage) {
		if m != nil {
			receive(m)
		}
	})
	return func() {
		if end != nil {
			b.call("stop", end)
		}
	}
}

func (b calmBus) Publish(m *BusMessage) error {
	return protect(func() error { return b.bus.Publish(m) })
}

func (b calmBus) Others() (n int) {
	b.call("Others", func() { n = b.bus.Others() })
	return max(n, 0)
}

func (b calmBus) call(method string, f func()) {
	if err := guard(f); err != nil {
		logFailure(context.Background(), b.log, "the Bus panicked", err, "method", method)
	}
}
