package chat

import (
	"context"
	"sync"
)

// turns let one call at a time do something for a visitor.
type turns struct {
	mu    sync.Mutex
	taken map[string]chan struct{} // guarded by mu; closed at its end
}

func newTurns() *turns { return &turns{taken: map[string]chan struct{}{}} }

// take waits until it is the caller's turn.
func (t *turns) take(ctx context.Context, id string) (done func(), err error) {
	for {
		t.mu.Lock()
		other := t.taken[id]
		if other == nil {
			mine := make(chan struct{})
			t.taken[id] = mine
			t.mu.Unlock()
			return func() {
				t.mu.Lock()
				defer t.mu.Unlock()
				delete(t.taken, id)
				close(mine)
			}, nil
		}
		t.mu.Unlock()
		select {
		case <-other:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// count is for how many visitors something is done.
func (t *turns) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.taken)
}
