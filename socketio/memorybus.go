package socketio

import (
	"slices"
	"sync"
)

// A MemoryBus connects servers of one process, for tests and as the model of other buses. The zero value is ready.
type MemoryBus struct {
	mu    sync.Mutex
	nodes []*memoryNode // guarded by mu
}

// Node returns the Bus for one more server.
func (b *MemoryBus) Node() Bus { return &memoryNode{bus: b} }

type memoryNode struct {
	bus     *MemoryBus
	receive func(*BusMessage)

	mu         sync.Mutex
	list       []*BusMessage // guarded by mu
	delivering bool          // a goroutine empties list and ends then; guarded by mu
}

func (n *memoryNode) Start(receive func(*BusMessage)) (stop func()) {
	n.receive = receive
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	n.bus.nodes = append(n.bus.nodes, n)
	return n.stop
}

func (n *memoryNode) stop() {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	n.bus.nodes = slices.DeleteFunc(n.bus.nodes, func(other *memoryNode) bool { return other == n })
}

func (n *memoryNode) Publish(m *BusMessage) error {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	for _, other := range n.bus.nodes {
		if other != n {
			copied := *m
			copied.Rooms, copied.Except, copied.Change = slices.Clone(m.Rooms), slices.Clone(m.Except), slices.Clone(m.Change)
			other.add(&copied)
		}
	}
	return nil
}

func (n *memoryNode) Others() int {
	n.bus.mu.Lock()
	defer n.bus.mu.Unlock()
	others := len(n.bus.nodes)
	if slices.Contains(n.bus.nodes, n) {
		others--
	}
	return others
}

func (n *memoryNode) add(m *BusMessage) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.list = append(n.list, m)
	if !n.delivering {
		n.delivering = true
		go n.deliver()
	}
}

func (n *memoryNode) deliver() {
	for {
		n.mu.Lock()
		list := n.list
		n.list = nil
		n.delivering = len(list) > 0
		n.mu.Unlock()
		if len(list) == 0 {
			return
		}
		for _, m := range list {
			n.receive(m)
		}
	}
}
