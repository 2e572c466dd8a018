package redisbus

import (
	"context"
	"sync"
)

// positions are how far this server has read its streams. They outlive sessions, so that nothing is
// missed and nothing read twice.
type positions struct {
	mu    sync.Mutex
	of    map[string]offset // by stream; guarded by mu
	moved chan struct{}     // closed by the next change; guarded by mu
	found map[string]bool   // own entries that may have arrived: whether they did; guarded by mu
}

func newPositions() *positions {
	return &positions{of: make(map[string]offset), moved: make(chan struct{}), found: make(map[string]bool)}
}

func (p *positions) get(stream string) (o offset, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	o, ok = p.of[stream]
	return o, ok
}

func (p *positions) set(stream string, o offset) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of[stream] = o
	close(p.moved)
	p.moved = make(chan struct{})
}

// wait waits until all that there was at these offsets has been read.
func (p *positions) wait(ctx context.Context, until map[string]offset) error {
	for {
		p.mu.Lock()
		moved, there := p.moved, true
		for stream, o := range until {
			if p.of[stream].before(o) {
				there = false
			}
		}
		p.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// doubt begins to look for an own entry that may have arrived.
func (p *positions) doubt(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found[id] = false
}

// see notes that an own entry is there.
func (p *positions) see(id string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, looked := p.found[id]; looked {
		p.found[id] = true
	}
}

// settle ends doubt: it tells whether the entry is there.
func (p *positions) settle(id string) (found bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found = p.found[id]
	delete(p.found, id)
	return found
}
