package socketio

import (
	"errors"
	"slices"
	"sync"

	"github.com/madang-chat/madang/engineio"
)

// A Target says who gets an event. It is immutable: methods return new ones.
type Target struct {
	ns       *Namespace
	parent   *Parent // all its children instead of ns
	from     *Socket // gets nothing, or is the only receiver
	alone    bool    // from is the only receiver
	narrowed bool    // To was called: rooms, not the whole namespace
	rooms    []string
	except   []string
	local    bool
	latest   bool   // it may be dropped for a newer one
	slot     string // of Latest
	flags    engineio.Flags
}

// To aims at the sockets of more rooms. Without any room nobody is aimed at.
func (t Target) To(rooms ...string) Target {
	t.rooms = append(slices.Clip(t.rooms), rooms...)
	t.narrowed, t.alone = true, false
	return t
}

// Except leaves out the sockets of rooms; an id is a room too.
func (t Target) Except(rooms ...string) Target {
	t.except = append(slices.Clip(t.except), rooms...)
	t.alone = false
	return t
}

// Local keeps the event on this server.
func (t Target) Local() Target {
	t.local = true
	return t
}

// Volatile events replace one that still waits. A full queue drops them.
func (t Target) Volatile() Target { return t.Latest("") }

// Latest is Volatile with a slot for each key.
func (t Target) Latest(key string) Target {
	t.latest, t.slot = true, key
	return t
}

// Uncompressed keeps the message from being compressed.
func (t Target) Uncompressed() Target {
	t.flags |= engineio.NoCompress
	return t
}

// Emit sends an event, and never blocks. It fails if encoding or the Bus does.
func (t Target) Emit(name string, args ...any) error {
	return t.EmitEvent(Outgoing{name: name, args: args})
}

func (t Target) EmitEvent(o Outgoing) error {
	if t.alone {
		return t.from.send(o, t)
	}
	if t.parent == nil {
		return t.emit(t.ns, o)
	}
	var err error
	for _, n := range t.namespaces() {
		err = errors.Join(err, t.emit(n, o))
	}
	return err
}

func (t Target) server() *Server {
	if t.parent != nil {
		return t.parent.server
	}
	return t.ns.server
}

// namespaces are those that t aims at.
func (t Target) namespaces() []*Namespace {
	if t.parent == nil {
		return []*Namespace{t.ns}
	}
	return t.parent.Children()
}

// emit encodes the event once and queues it for each receiver.
func (t Target) emit(n *Namespace, o Outgoing) error {
	d, err := o.draft(n, 0, false)
	if err != nil {
		return err
	}
	if n.sequence != nil {
		return n.sequence.emit(t, o, d)
	}
	var published error // a bus that fails keeps nothing from the sockets of this process
	if n.beyond(t) {
		args, err := o.Args()
		if err != nil {
			return err
		}
		published = n.publish(t, &BusMessage{Kind: BusEmit, Event: o.Name(), Args: args})
	}
	if err := n.send(t, o, d); err != nil {
		return errors.Join(err, published)
	}
	return published
}

// send gives the event its offset, if there is one, and queues it.
func (n *Namespace) send(t Target, o Outgoing, d draft) error {
	if n.history != nil {
		return o.failed(n.history.emit(t, d, func(m *engineio.Message) { n.deliver(t, m) }))
	}
	m, err := d.message("")
	if err != nil {
		return o.failed(err)
	}
	n.deliver(t, m)
	return nil
}

// deliver queues a message for each receiver.
func (n *Namespace) deliver(t Target, m *engineio.Message) {
	t.flags |= engineio.Later
	n.receivers(t, func(s *Socket) {
		_ = s.queue(m, t) // a failure closes the receiver and is told there
	})
}

// receivers calls f once for each connected socket of this process that t aims at, under the lock
// that holds the list still.
func (n *Namespace) receivers(t Target, f func(*Socket)) {
	var skip map[*Socket]struct{}
	if len(t.except) > 0 {
		skip = borrowSet()
		defer returnSet(skip)
		add := func(s *Socket) { skip[s] = struct{}{} }
		for _, name := range t.except {
			n.room(name, add)
		}
	}
	wanted := func(s *Socket) bool {
		if s == t.from {
			return false
		}
		_, skipped := skip[s]
		return !skipped
	}
	switch {
	case !t.narrowed:
		n.mu.RLock()
		defer n.mu.RUnlock()
		for _, s := range n.members {
			if wanted(s) && s.state() != ended { // it may be about to leave the members
				f(s)
			}
		}
	case len(t.rooms) == 1:
		n.room(t.rooms[0], func(s *Socket) {
			if wanted(s) && s.connected() {
				f(s)
			}
		})
	default:
		seen := borrowSet()
		defer returnSet(seen)
		for _, name := range t.rooms {
			n.room(name, func(s *Socket) {
				if _, again := seen[s]; !again && wanted(s) && s.connected() {
					seen[s] = struct{}{}
					f(s)
				}
			})
		}
	}
}

// room calls f for the members of a room and for the socket with that id, which may come twice.
func (n *Namespace) room(name string, f func(*Socket)) {
	n.rooms.each(name, f)
	if len(name) >= idLength || n.server.opts.shortIDs() {
		if s, ok := n.Socket(name); ok {
			f(s)
		}
	}
}

var sets = sync.Pool{New: func() any { return make(map[*Socket]struct{}) }}

func borrowSet() map[*Socket]struct{} { return sets.Get().(map[*Socket]struct{}) }

// returnSet keeps no set that a large broadcast has grown: clearing it would cost the next small
// one.
func returnSet(set map[*Socket]struct{}) {
	if len(set) <= 1024 {
		clear(set)
		sets.Put(set)
	}
}
