package bustest

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/madang-chat/madang/socketio"
)

// A tap lets a test hold what a bus delivers, as a server does that is very slow.
type tap struct {
	socketio.Bus
	asked atomic.Int64 // how many questions were put

	mu    sync.Mutex
	held  chan struct{}          // closed by release; guarded by mu
	heard map[heard]int          // messages that the server got; guarded by mu
	keeps bool                   // whether kept grows; guarded by mu
	kept  []*socketio.BusMessage // what was published here and what came; guarded by mu
}

// A heard is a kind of message of a server.
type heard struct {
	from string
	kind socketio.BusKind
}

func (b *tap) count(from string, kind socketio.BusKind) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.heard[heard{from, kind}]
}

// keep begins to keep messages; the function returns them.
func (b *tap) keep() (messages func() []*socketio.BusMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.keeps = true
	return func() []*socketio.BusMessage {
		b.mu.Lock()
		defer b.mu.Unlock()
		return slices.Clone(b.kept)
	}
}

// note keeps a copy of m, if messages are kept.
func (b *tap) note(m *socketio.BusMessage) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.keeps {
		copied := *m
		b.kept = append(b.kept, &copied)
	}
}

func (b *tap) Publish(m *socketio.BusMessage) error {
	b.note(m)
	return b.Bus.Publish(m)
}

func (b *tap) Ask(ctx context.Context, m *socketio.BusMessage) ([]string, error) {
	b.note(m)
	names, err := b.Bus.Ask(ctx, m)
	b.asked.Add(1)
	return names, err
}

func (b *tap) Start(s socketio.BusServer) (stop func()) {
	receive := s.Receive
	s.Receive = func(m *socketio.BusMessage) {
		b.mu.Lock()
		held := b.held
		b.mu.Unlock()
		if held != nil {
			<-held
		}
		b.note(m)
		h := heard{m.From, m.Kind}
		receive(m)
		b.mu.Lock()
		defer b.mu.Unlock()
		b.heard[h]++
	}
	return b.Bus.Start(s)
}

// hold stops the deliveries until release is called or the test ends.
func (n *node) hold() (release func()) {
	held := make(chan struct{})
	n.tap.mu.Lock()
	n.tap.held = held
	n.tap.mu.Unlock()
	release = sync.OnceFunc(func() {
		n.tap.mu.Lock()
		n.tap.held = nil
		n.tap.mu.Unlock()
		close(held)
	})
	n.T.Cleanup(release)
	return release
}
