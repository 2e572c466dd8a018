package socketio

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/madang-chat/madang/engineio"
)

// A Namespace is a part of a server with its own handlers, sockets and rooms. Handlers belong to it, not to its sockets, and
// may be registered at any time. All methods may be called from any goroutine.
type Namespace struct {
	*routes
	server     *Server
	name       string
	parent     *Parent // of a dynamic namespace
	chained    atomic.Pointer[chain]
	acks       atomic.Uint64 // the next ack id
	rooms      rooms
	history    *history // nil without recovery
	roomEvents roomEvents
	announced  sync.Once
	onNew      []func(*Namespace) // what announced tells
	users      int                // sockets until their last handler is done, and those on their way in; guarded by server.mu
	child      int                // in parent.children; guarded by server.mu
	named      bool               // Of made it; not changed
	used       atomic.Bool        // somebody was let in

	mu      sync.RWMutex
	members []*Socket          // connected; each knows its index; guarded by mu
	byID    map[string]*Socket // guarded by mu
}

func newNamespace(s *Server, name string) *Namespace {
	n := &Namespace{routes: new(routes), server: s, name: name, history: newHistory(&s.opts), byID: make(map[string]*Socket)}
	if s.opts.Parser == ParserMsgpack {
		n.acks.Store(1) // python-socketio leaves an id of 0 out of its answers
	}
	return n
}

// Name is the name with its leading slash.
func (n *Namespace) Name() string { return n.name }

// String is the name, for logs.
func (n *Namespace) String() string { return n.name }

// Parent is what made a dynamic namespace, and nil for others.
func (n *Namespace) Parent() *Parent { return n.parent }

// Len is the number of connected sockets of this process; Count asks the others too.
func (n *Namespace) Len() int {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return len(n.members)
}

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

// To aims at the sockets of rooms. A socket in several of them gets an event once. Each socket is in a room named by its id.
func (n *Namespace) To(rooms ...string) Target { return Target{ns: n}.To(rooms...) }

// Except aims at the whole namespace without some rooms or ids.
func (n *Namespace) Except(rooms ...string) Target { return Target{ns: n}.Except(rooms...) }

// Local aims at the sockets of this process.
func (n *Namespace) Local() Target { return Target{ns: n}.Local() }

// Volatile aims at all sockets with events of which only the newest counts; see Target.Volatile.
func (n *Namespace) Volatile() Target { return Target{ns: n}.Volatile() }

// Latest is Volatile with a slot for each key; see Target.Latest.
func (n *Namespace) Latest(key string) Target { return Target{ns: n}.Latest(key) }

// Compress tells whether messages may be compressed; they may by default.
func (n *Namespace) Compress(on bool) Target { return Target{ns: n}.Compress(on) }

// Ask asks all sockets; see Target.Ask.
func (n *Namespace) Ask(ctx context.Context, name string, args ...any) iter.Seq2[string, Reply[Args]] {
	return Target{ns: n}.Ask(ctx, name, args...)
}

// AskEach is how descriptors ask many.
func (n *Namespace) AskEach(ctx context.Context, o Outgoing) iter.Seq2[string, Reply[Args]] {
	return Target{ns: n}.AskEach(ctx, o)
}

// Emit sends an event to all sockets. It fails only when the arguments can't be encoded.
func (n *Namespace) Emit(name string, args ...any) error { return Target{ns: n}.Emit(name, args...) }

// EmitEvent is how descriptors emit.
func (n *Namespace) EmitEvent(o Outgoing) error { return Target{ns: n}.EmitEvent(o) }

// add lists a socket and answers its CONNECT in one step, so that it misses no broadcast that another client
// makes after it saw the answer. It returns false when the answer couldn't be queued.
func (n *Namespace) add(s *Socket, answer *engineio.Message) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if s.conn.es.Send(answer, 0) != nil {
		return false
	}
	s.index = int32(len(n.members))
	n.members = append(n.members, s)
	n.byID[s.id] = s
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
	}
}
