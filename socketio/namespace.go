package socketio

import (
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/madang-chat/madang/engineio"
)

// A Namespace is a part of a server with its own handlers, sockets and rooms.
type Namespace struct {
	Registrar // what it does
	Target    // all its sockets

	server     *Server
	name       string
	parent     *Parent // of a dynamic namespace
	chained    atomic.Pointer[chain]
	acks       atomic.Uint64 // the next ack id
	rooms      rooms
	history    *history  // nil without recovery, and with a sequence
	sequence   *sequence // nil unless recovery is the cluster's
	roomEvents roomEvents
	announced  sync.Once
	onNew      []func(*Namespace) // what announced tells
	users      int                // sockets at work or on their way in; guarded by server.mu
	child      int                // in parent.children; guarded by server.mu
	named      bool               // Of made it; not changed
	used       atomic.Bool        // somebody was let in

	mu      sync.RWMutex
	members []*Socket          // connected; each knows its index; guarded by mu
	byID    map[string]*Socket // guarded by mu
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{server: s, name: name, byID: make(map[string]*Socket)}
	if n.Target.ns, n.sequence = n, newSequence(n); n.sequence == nil {
		n.history = newHistory(&s.opts)
	}
	if !s.opts.speaksJSON() {
		n.acks.Store(1) // python-socketio leaves an id of 0 out of its answers in msgpack
	}
	return n
}

// unknown says that the namespace is only a name, which a Parent may accept.
func (n *Namespace) unknown() bool { return n.Target.ns == nil }

// Name is the name with its leading slash.
func (n *Namespace) Name() string { return n.name }

func (n *Namespace) String() string { return n.name }

// Parent is what made a dynamic namespace, and nil for others.
func (n *Namespace) Parent() *Parent { return n.parent }

// Socket finds a connected socket by its id.
func (n *Namespace) Socket(id string) (*Socket, bool) {
	n.mu.RLock()
	defer n.mu.RUnlock()
	s, ok := n.byID[id]
	return s, ok
}

// Sockets yields the sockets that are connected when the iteration begins.
func (n *Namespace) Sockets() iter.Seq[*Socket] {
	return func(yield func(*Socket) bool) {
		for _, s := range n.appendSockets(nil) {
			if !yield(s) {
				return
			}
		}
	}
}

func (n *Namespace) appendSockets(list []*Socket) []*Socket {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return append(list, n.members...)
}

// Rooms lists the rooms of this server that have members, without ids, sorted.
func (n *Namespace) Rooms() []string {
	var names []string
	for i := range n.rooms {
		sh := &n.rooms[i]
		sh.mu.RLock()
		for name := range sh.byName {
			names = append(names, name)
		}
		sh.mu.RUnlock()
	}
	slices.Sort(names)
	return names
}

// add lists a socket and answers its CONNECT in one step, so that it misses no broadcast that
// another client makes after it saw the answer. It returns false when the answer couldn't be
// queued.
func (n *Namespace) add(s *Socket, answer *engineio.Message) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.conn.es.Send(answer, 0) != nil {
		return false
	}
	s.index = int32(len(n.members))
	n.members = append(n.members, s)
	n.byID[s.id] = s
	n.needID(s.id, true)
	n.used.Store(true)
	return true
}

// remove takes a socket that add has listed off the list.
func (n *Namespace) remove(s *Socket) {
	n.mu.Lock()
	defer n.mu.Unlock()
	last := len(n.members) - 1
	moved := n.members[last]
	n.members[s.index] = moved
	moved.index = s.index
	n.members[last] = nil
	n.members = n.members[:last]
	if cap(n.members) > 64 && last < cap(n.members)/4 {
		n.members = slices.Clone(n.members)
	}
	if n.byID[s.id] == s { // not one that continues it
		delete(n.byID, s.id)
		n.needID(s.id, false)
	}
}
