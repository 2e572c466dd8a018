package socketio

import (
	"sync"

	"github.com/madang-chat/madang/internal/serial"
)

// A RoomEvent tells of a room. Those of the sockets' own ids have none.
type RoomEvent struct {
	Namespace *Namespace
	Kind      RoomEventKind
	Room      string
	ID        string // of the socket that joined or left, as first or last one too
}

// RoomEventKind is what happened.
type RoomEventKind string

const (
	RoomCreated RoomEventKind = "created" // the first socket is about to join
	RoomJoined  RoomEventKind = "joined"
	RoomLeft    RoomEventKind = "left"
	RoomDeleted RoomEventKind = "deleted" // the last socket has left
	RoomsLost   RoomEventKind = "lost"    // OnRoom was too slow for the events here: list the rooms
)

// OnRoom adds a function that is told of rooms, soon, one event at a time.
func (r *Registrar) OnRoom(fn func(RoomEvent)) {
	require("OnRoom", fn != nil)
	r.change(func(t *table) { t.room = with(t.room, fn) })
}

// roomEvents are what OnRoom hasn't been told yet.
type roomEvents struct {
	queue serial.Queue[RoomEvent]
	mu    sync.Mutex
	lost  bool // some are dropped until RoomsLost is told; guarded by mu
}

// tell notes what happened to a room; the room's lock keeps the order.
func (n *Namespace) tell(room, id string, kinds ...RoomEventKind) {
	if parent, own := n.tables(); len(own.room)+len(parent.room) == 0 {
		return
	}
	e := &n.roomEvents
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.lost {
		return // what comes behind a gap is part of it
	}
	var events [2]RoomEvent
	for i, kind := range kinds {
		events[i] = RoomEvent{n, kind, room, id}
	}
	if !e.queue.Add(n.server.opts.MaxRoomEvents, n.told, events[:len(kinds)]...) {
		e.lost = true
		e.queue.Add(0, n.told, RoomEvent{Namespace: n, Kind: RoomsLost})
		n.server.warnings.Add(0, call, n.adviseRooms) // not here: the room is locked
	}
}

func call(f func()) { f() }

// told hands an event to the functions of OnRoom.
func (n *Namespace) told(event RoomEvent) {
	if event.Kind == RoomsLost {
		n.roomEvents.mu.Lock()
		n.roomEvents.lost = false
		n.roomEvents.mu.Unlock()
	}
	ch := n.chain()
	for _, fns := range [][]func(RoomEvent){ch.parent.room, ch.own.room} {
		for _, fn := range fns {
			n.protect("OnRoom", func() { fn(event) })
		}
	}
}

// protect logs a panic of the application.
func (n *Namespace) protect(hook string, f func()) {
	if err := guard(f); err != nil {
		n.server.failed(n.server.ctx, hook+" panicked", err, "namespace", n.name)
	}
}
