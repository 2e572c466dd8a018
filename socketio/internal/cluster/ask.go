package cluster

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/socketio"
)

type question struct {
	namespace string
	ours      bool                     // the others don't answer it
	result    chan asking              // room for one
	likely    atomic.Pointer[[]string] // who is about to be asked
}

type asking struct {
	names []string
	err   error
}

// Ask implements socketio.Bus. It waits for the broker, which may know who else will answer.
func (b *Bus) Ask(ctx context.Context, m *socketio.BusMessage) (asked []string, err error) {
	if err := b.settled(ctx); err != nil {
		return nil, err
	}
	f, err := b.encode(m)
	if err != nil {
		return nil, err
	}
	f.ask = &question{namespace: m.Namespace, ours: ours(m), result: make(chan asking, 1)}
	b.waitUntil(time.Now().Add(max(m.Timeout, time.Minute) + time.Second))
	if err := b.add(f); err != nil {
		return nil, err
	}
	select {
	case got := <-f.ask.result:
		return got.names, got.err
	case <-ctx.Done():
		// Answers may be here before the broker says that it has the question.
		if names := f.ask.likely.Load(); names != nil {
			return *names, nil
		}
		return nil, fmt.Errorf("%s: ask who is there: %w", b.opts.Package, ctx.Err())
	}
}

// waitUntil notes how long answers may come.
func (b *Bus) waitUntil(end time.Time) {
	for n := end.UnixNano(); ; {
		old := b.asked.Load()
		if old >= n || b.asked.CompareAndSwap(old, n) {
			return
		}
	}
}

// settled waits for the end of the first attempt to connect: a server that has just been made isn't
// alone.
func (b *Bus) settled(ctx context.Context) error {
	b.mu.Lock()
	off := b.stopping || !b.started
	b.mu.Unlock()
	if off {
		return b.errStopped
	}
	select {
	case <-b.first:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s: connect: %w", b.opts.Package, ctx.Err())
	}
}

// Peers implements socketio.Bus. Servers that aren't of ours aren't among them.
func (b *Bus) Peers(ctx context.Context) (names []string, err error) {
	if err := b.settled(ctx); err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.stopping:
		return nil, b.errStopped
	case b.why != nil:
		return nil, b.away(b.why)
	}
	for name := range b.peers {
		names = append(names, name)
	}
	return names, nil
}
