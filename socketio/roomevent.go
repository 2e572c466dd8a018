package socketio

import (
	"sync"

	"github.com/madang-chat/madang/internal/serial"
)

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
	RoomsLost   // the functions of OnRoom were too slow: events were dropped here; it has neither Room nor ID
)

// String returns the kind as a word.
func (k RoomEventKind) String() string {
	return word(k, "created", "joined", "left", "deleted", "lost")
}

// OnRoom adds a function that is told what happens to rooms, soon afterwards: one event of a namespace at a time, for each room in order. That of
// a Parent may be told of several children at once. It may do anything, also join and leave.
//
// What fn is too slow for waits, up to Options.MaxRoomEvents. Those beyond are dropped, and in their place fn gets
// one event of RoomsLost: whoever mirrors the rooms makes a new copy then, from Namespace.Rooms and FetchSockets.
// What follows may tell once more of what the copy holds already.
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
	if len(n.table().room) == 0 && (n.parent == nil || len(n.parent.table().room) == 0) {
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

// word names a kind, which begins at 1.
func word[T ~uint8](kind T, words ...string) string {
	if kind == 0 || int(kind) > len(words) {
		return "unknown"
	}
	return words[kind-1]
}
