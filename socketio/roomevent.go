package socketio

import "sync"

// A RoomEvent tells of a change of a room. The rooms of the sockets' own ids have none: those are OnConnect and OnDisconnect.
type RoomEvent struct {
	Namespace *Namespace
	Kind      RoomEventKind
	Room      string
	ID        string // of the socket that joined or left, as first or last one too
}

// RoomEventKind is what happened.
type RoomEventKind uint8

const (
	RoomCreated RoomEventKind = iota + 1 // the first socket is about to join
	RoomJoined
	RoomLeft
	RoomDeleted // the last socket has left
)

// String returns the kind as a word.
func (k RoomEventKind) String() string {
	return word(k, "created", "joined", "left", "deleted")
}

// OnRoom adds a function that is told what happens to rooms, soon afterwards: one event at a time, for each room in order. It may
// do anything, also join and leave.
func (r *routes) OnRoom(fn func(RoomEvent)) {
	require("OnRoom", fn != nil)
	r.change(func(t *table) { t.room = with(t.room, fn) })
}

// roomEvents are what OnRoom hasn't been told yet. One goroutine tells; it ends with the last event.
type roomEvents struct {
	mu      sync.Mutex
	list    []RoomEvent // guarded by mu
	telling bool        // guarded by mu
}

// tell notes what happened to a room; the room's lock keeps the order.
func (n *Namespace) tell(room, id string, kinds ...RoomEventKind) {
	if len(n.table().room) == 0 && (n.parent == nil || len(n.parent.table().room) == 0) {
		return
	}
	e := &n.roomEvents
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, kind := range kinds {
		e.list = append(e.list, RoomEvent{n, kind, room, id})
	}
	if !e.telling {
		e.telling = true
		go n.tellAll()
	}
}

func (n *Namespace) tellAll() {
	e := &n.roomEvents
	for {
		e.mu.Lock()
		list := e.list
		e.list = nil
		e.telling = len(list) > 0
		e.mu.Unlock()
		if len(list) == 0 {
			return
		}
		ch := n.chain()
		for _, event := range list {
			for _, fns := range [][]func(RoomEvent){ch.parent.room, ch.own.room} {
				for _, fn := range fns {
					n.protect("OnRoom", func() { fn(event) })
				}
			}
		}
	}
}

// protect logs a panic of the application.
func (n *Namespace) protect(hook string, f func()) {
	if err := protect(func() error { f(); return nil }); err != nil {
		n.server.failed(n.server.ctx, hook+" panicked", err, "namespace", n.name)
	}
}
