package cluster

import (
	"context"
	"sync"
)

// mostUnread is how many bytes may wait for the server. Then nothing is read: a broker keeps some
// megabytes more, and then ends the connection.
const mostUnread = 32 << 20

// An inbox is what has come and what the server hasn't got yet, so that a slow server still hears
// the heartbeats of others.
type inbox struct {
	wake chan struct{} // room for one
	room chan struct{} // room for one

	mu    sync.Mutex
	list  []Arrival // guarded by mu
	bytes int       // of list; guarded by mu
}

func newInbox() *inbox {
	return &inbox{wake: make(chan struct{}, 1), room: make(chan struct{}, 1)}
}

// put doesn't block.
func (i *inbox) put(a Arrival) {
	i.mu.Lock()
	i.list = append(i.list, a)
	i.bytes += len(a.Channel) + len(a.Payload)
	i.mu.Unlock()
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

func (i *inbox) full() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.bytes > mostUnread
}

// wait waits for room.
func (i *inbox) wait(ctx context.Context) {
	for i.full() {
		select {
		case <-i.room:
		case <-ctx.Done():
			return
		}
	}
}

func (i *inbox) take() (list []Arrival) {
	i.mu.Lock()
	list, i.list, i.bytes = i.list, nil, 0
	i.mu.Unlock()
	select {
	case i.room <- struct{}{}:
	default:
	}
	return list
}

// deliver hands on one arrival after the other until ctx ends.
func (i *inbox) deliver(ctx context.Context, hear func(Arrival)) {
	for {
		select {
		case <-i.wake:
		case <-ctx.Done():
			return
		}
		for _, a := range i.take() {
			if ctx.Err() != nil {
				return
			}
			hear(a)
		}
	}
}
