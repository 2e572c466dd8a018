package live

import (
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// A visit is one socket's stay in one room: from its join to its leave, its next join, or the end
// of the room or the socket.
//
// Only behind its answer may the socket hear of the room, and only of what the answer doesn't hold.
// The broadcasts for a room know no snapshots. So a visit begins with a subscription of its own: it
// keeps events until the answer has gone, relays those with a larger rev by itself, and then moves
// the socket, between two events, among the room's listeners.
type visit struct {
	*rooms
	socket *socketio.Socket
	who    string // session
	room   string
	stop   func() // ends the subscription

	mu    sync.Mutex
	stage stage        // guarded by mu
	kept  []chat.Event // guarded by mu
	rev   int64        // guarded by mu; of the answer
}

type stage int

const (
	keeping stage = iota
	relaying
	hearing // among the listeners
	over
)

func (r *rooms) newVisit(s *socketio.Socket, who, room string) *visit {
	v := &visit{rooms: r, socket: s, who: who, room: room}
	v.stop = r.house.Subscribe(room, v.heard)
	return v
}

// heard is the subscription.
func (v *visit) heard(e chat.Event) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch v.stage {
	case keeping:
		v.kept = append(v.kept, e)
	case relaying:
		v.relay(e)
	}
}

// answered is called when the answer has been queued.
func (v *visit) answered(rev int64) {
	v.mu.Lock()
	if v.stage == keeping {
		v.stage, v.rev = relaying, rev
		for _, e := range v.kept {
			v.relay(e)
		}
		v.kept = nil
	}
	v.mu.Unlock()
	v.house.InOrder(v.room, v.move)
}

// relay emits what the answer didn't hold. It needs mu, so that nothing comes behind the end of the
// visit; emitting only queues.
func (v *visit) relay(e chat.Event) {
	switch {
	case v.stage != relaying:
	case e.Kind == chat.EventClosed:
		v.tellClosed(v.socket, e)
		v.finish()
		v.visits().drop(v)
	case e.Kind == chat.EventOut:
		if e.Who == v.who {
			v.tellOut(e)
			v.finish()
			v.visits().drop(v)
		}
	case e.Kind == chat.EventChanged: // perhaps what the answer told; then that is told last
		v.tellChanged(v.socket, e)
	case e.Message != nil && e.Message.Rev > v.rev:
		v.tellOne(e, v.socket, v.who)
	}
}

// tellOut tells why the visit ends.
func (v *visit) tellOut(e chat.Event) {
	emit(v.Door, Kicked, v.socket, wire.OutOf(e, visitorOf(v.socket.Context()).lang))
}

// move is called between two events of the room.
func (v *visit) move() {
	if _, err := v.house.Room(v.room); err != nil {
		// The room is gone, and its last event comes to the subscription.
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stage == relaying {
		v.stop()
		v.stage = hearing
		_ = v.socket.Join(ownRoom(v.who, v.room), v.room) // fails only when the socket has ended
	}
}

func (v *visit) hears() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.stage == hearing
}

// end may be called at any time, and more than once. Afterwards the visit emits nothing.
func (v *visit) end() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.finish()
}

// finish needs mu.
func (v *visit) finish() {
	v.stop()
	v.stage, v.kept = over, nil
	v.socket.Leave(ownRoom(v.who, v.room), v.room)
}

// forget ends a visit that nothing follows.
func (v *visit) forget() {
	v.visits().drop(v)
	v.end()
}

func (v *visit) visits() *visits {
	all, _ := stays.Get(v.socket) // set before any visit
	return all
}
