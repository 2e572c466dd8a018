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

// roomEvents are what OnRoom hasn't been told yet. One goroutine tells; it ends with the last event.
type roomEvents struct {
	mu      sync.Mutex
	list    []RoomEvent // at most MaxRoomEvents; guarded by mu
	lost    bool        // some that should follow list were dropped; guarded by mu
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
	if len(e.list)+len(kinds) > n.server.opts.MaxRoomEvents && !e.lost {
		e.lost = true
		go n.adviseRooms() // not here: the room is locked
	}
	if e.lost {
		return // until the list is taken: what comes behind a gap is part of it
	}
	for _, kind := range kinds {
		e.list = append(e.list, RoomEvent{n, kind, room, id})
	}
	if !e.telling {
		e.telling = true
		go n.tellAll(nil)
	}
}

// tellAll tells of list, and then of what has been noted meanwhile.
func (n *Namespace) tellAll(list []RoomEvent) {
	over := false
	defer func() {
		if !over {
			go n.tellAll(list) // a function has called runtime.Goexit, as a test does that fails
		}
	}()
	e := &n.roomEvents
	for {
		ch := n.chain()
		for len(list) > 0 {
			event := list[0]
			list = list[1:]
			for _, fns := range [][]func(RoomEvent){ch.parent.room, ch.own.room} {
				for _, fn := range fns {
					n.protect("OnRoom", func() { fn(event) })
				}
			}
		}
		e.mu.Lock()
		var lost bool
		list, lost = e.list, e.lost
		if lost {
			list = append(list, RoomEvent{Namespace: n, Kind: RoomsLost})
		}
		e.list, e.lost = nil, false
		e.telling = len(list) > 0
		e.mu.Unlock()
		if over = len(list) == 0; over {
			return
		}
	}
}

// protect logs a panic of the application.
func (n *Namespace) protect(hook string, f func()) {
	if err := protect(func() error { f(); return nil }); err != nil {
		n.server.failed(n.server.ctx, hook+" panicked", err, "namespace", n.name)
	}
}
