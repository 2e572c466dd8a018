package socketio

import (
	"log/slog"

	"github.com/madang-chat/madang/internal/calm"
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
			b.panicked("stop", calm.Do(end))
		}
	}
}

func (b calmBus) Publish(m *BusMessage) error {
	return protect(func() error { return b.bus.Publish(m) })
}

func (b calmBus) Others() (n int) {
	b.panicked("Others", calm.Do(func() { n = b.bus.Others() }))
	return max(n, 0)
}

func (b calmBus) panicked(method string, p *calm.Panic) {
	if p != nil {
		b.log.Error("socketio: the Bus panicked", "method", method, "error", p, "stack", string(p.Stack))
	}
}
