package live

import (
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/socketio"
)

// A visit is one socket's stay in one room: from its join to its leave, its next join, or the end of the room
// or the socket.
//
// At first it keeps the room's events, because the socket is still to get its answer. Open, between two events of the
// room, tells those that the answer didn't hold and puts the socket among the listeners.
type visit struct {
	*rooms
	socket *socketio.Socket
	who    string // session
	room   string
	rev    int64  // of the answer; set before open is due
	stop   func() // ends the subscription

	mu    sync.Mutex
	kept  []chat.Event // guarded by mu
	stage stage        // guarded by mu
}

type stage int

const (
	keeping stage = iota // events are kept
	hearing              // the socket is among the listeners
	over
)

func (r *rooms) newVisit(s *socketio.Socket, who, room string) *visit {
	v := &visit{rooms: r, socket: s, who: who, room: room}
	v.stop = r.house.Subscribe(room, v.keep)
	return v
}

func (v *visit) keep(e chat.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stage == keeping {
		v.kept = append(v.kept, e)
	}
}

// open is called where no event of the room is on its way: behind all that were kept, before all that the listeners get.
func (v *visit) open() {
	v.stop()
	_, err := v.house.Room(v.room)
	gone := chat.CodeOf(err) == chat.NoSuchRoom
	if v.hear(gone) && gone {
		// The room's last event was kept, or goes to the listeners, of whom this socket isn't one.
		v.tellClosed(v.socket, chat.Event{Kind: chat.EventClosed, Room: chat.Room{ID: v.room}, Reason: chat.ClosedByOwner})
		v.forget()
	}
}

// hear tells what was kept and makes the socket a listener, unless the room is gone. It does nothing when the visit is
// over. The mutex is held meanwhile, so that nothing of a visit comes behind its end; emitting only queues.
func (v *visit) hear(gone bool) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stage == over {
		return false
	}
	for _, e := range v.kept {
		if e.Message != nil && e.Message.Rev > v.rev {
			v.tellOne(e, v.socket, v.who)
		}
	}
	v.kept = nil
	if !gone {
		v.stage = hearing
		_ = v.socket.Join(ownRoom(v.who, v.room), v.room) // fails only when the socket has ended
	}
	return true
}

func (v *visit) hears() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stage == hearing
}

// end may be called at any time, and more than once.
func (v *visit) end() {
	v.stop()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.stage, v.kept = over, nil
	v.socket.Leave(ownRoom(v.who, v.room), v.room)
}

// forget ends a visit that nothing follows.
func (v *visit) forget() {
	all, _ := stays.Get(v.socket)
	all.drop(v)
	v.end()
}
