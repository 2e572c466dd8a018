package socketio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/madang-chat/madang/internal/serial"
)

// A MemoryBus connects servers of one process, and is their EventLog and SessionStore. The zero
// value is ready.
type MemoryBus struct {
	MaxQueue int // messages that wait for one server, else Publish returns ErrSlow; default 100,000

	mu    sync.Mutex
	nodes []*memoryNode // guarded by mu
	log   memoryLog     // guarded by mu
}

// Node returns the Bus for one more server.
func (b *MemoryBus) Node() Bus { return &memoryNode{bus: b} }

type memoryNode struct {
	bus     *MemoryBus
	server  BusServer
	started bool // guarded by bus.mu
	stopped atomic.Bool
	queue   serial.Queue[*BusMessage]
}

// Start panics when the name isn't unique.
func (n *memoryNode) Start(s BusServer) (stop func()) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if n.started {
		panic("socketio: a Bus was started twice: each server has its own Node of a MemoryBus")
	}
	for _, other := range n.bus.nodes {
		if other.server.Name == s.Name {
			panic(fmt.Sprintf("socketio: two servers of a MemoryBus have the name %q", s.Name))
		}
	}
	n.server, n.started = s, true
	n.bus.nodes = append(n.bus.nodes, n)
	return n.stop
}

func (n *memoryNode) stop() {
	n.stopped.Store(true)
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	i := slices.Index(n.bus.nodes, n)
	if i < 0 {
		return
	}
	n.bus.nodes = slices.Delete(n.bus.nodes, i, i+1)
	for _, other := range n.bus.nodes {
		other.add(&BusMessage{Kind: BusLeft, From: n.server.Name}, 0)
	}
}

func (n *memoryNode) Publish(m *BusMessage) error {
	_, err := n.publish(m)
	return err
}

func (n *memoryNode) Ask(_ context.Context, m *BusMessage) (asked []string, err error) {
	return n.publish(m)
}

// publish returns who gets m.
func (n *memoryNode) publish(m *BusMessage) (names []string, err error) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if !slices.Contains(n.bus.nodes, n) {
		return nil, errBusStopped
	}
	most := cmp.Or(n.bus.MaxQueue, defaultMemoryBusQueue)
	offset := n.bus.log.keep(m)
	for _, other := range n.bus.nodes {
		if other == n && m.Number != 0 {
			other.add(&BusMessage{Kind: m.Kind, From: m.From, Namespace: m.Namespace, Number: m.Number, Offset: offset}, 0)
		}
		if other == n || m.To != "" && m.To != other.server.Name {
			continue
		}
		copied := *m
		copied.Rooms, copied.Except, copied.Change = slices.Clone(m.Rooms), slices.Clone(m.Except), slices.Clone(m.Change)
		copied.Offset = offset
		if other.add(&copied, most) {
			names = append(names, other.server.Name)
		} else {
			err = errors.Join(err, fmt.Errorf("socketio: too much waits for server %s: %w", other.server.Name, ErrSlow))
		}
	}
	return names, err
}

func (n *memoryNode) Peers(context.Context) (names []string, err error) {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	if !slices.Contains(n.bus.nodes, n) {
		return nil, errBusStopped
	}
	for _, other := range n.bus.nodes {
		if other != n {
			names = append(names, other.server.Name)
		}
	}
	return names, nil
}

var errBusStopped = fmt.Errorf("socketio: the server isn't on the bus: %w", ErrClosed)

// add reports whether there was room for m.
func (n *memoryNode) add(m *BusMessage, most int) bool {
	return n.stopped.Load() || n.queue.Add(most, n.deliver, m)
}

func (n *memoryNode) deliver(m *BusMessage) {
	if !n.stopped.Load() {
		n.server.Receive(m)
	}
}
