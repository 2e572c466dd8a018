package socketio

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
)

// DefaultMemoryBusQueue is the default of MemoryBus.MaxQueue.
const DefaultMemoryBusQueue = 100_000

// A MemoryBus connects servers of one process, for tests and as the model of other buses. The zero value is ready.
type MemoryBus struct {
	// MaxQueue limits the messages that wait for one server. One more isn't delivered there, and Publish tells so
	// with ErrSlow. Default 100,000; negative: no limit.
	MaxQueue int

	mu    sync.Mutex
	nodes []*memoryNode // guarded by mu
}

// Node returns the Bus for one more server.
func (b *MemoryBus) Node() Bus { return &memoryNode{bus: b} }

var errBusFull = fmt.Errorf("socketio: too much waits for another server: %w", ErrSlow)

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
	most := cmp.Or(n.bus.MaxQueue, DefaultMemoryBusQueue)
	var err error
	for _, other := range n.bus.nodes {
		if other != n {
			copied := *m
			copied.Rooms, copied.Except, copied.Change = slices.Clone(m.Rooms), slices.Clone(m.Except), slices.Clone(m.Change)
			if !other.add(&copied, most) {
				err = errBusFull
			}
		}
	}
	return err
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

func (n *memoryNode) add(m *BusMessage, most int) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if most > 0 && len(n.list) >= most {
		return false
	}
	n.list = append(n.list, m)
	if !n.delivering {
		n.delivering = true
		go n.deliver(nil)
	}
	return true
}

// deliver delivers list, and then what has come meanwhile.
func (n *memoryNode) deliver(list []*BusMessage) {
	over := false
	defer func() {
		if !over {
			go n.deliver(list) // something of the application has called runtime.Goexit
		}
	}()
	for {
		for len(list) > 0 {
			m := list[0]
			list = list[1:]
			n.receive(m)
		}
		n.mu.Lock()
		list = n.list
		n.list = nil
		n.delivering = len(list) > 0
		n.mu.Unlock()
		if over = len(list) == 0; over {
			return
		}
	}
}
