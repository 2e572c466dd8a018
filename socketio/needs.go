package socketio

import (
	"regexp"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/serial"
)

// settleTime is how long a client waits at most for what a Bus promised: the broker may hang.
const settleTime = time.Second

// needs are what a Bus is told of what its server has: only that has to be brought.
type needs struct {
	// tell is nil when the Bus doesn't ask. It is set by New alone.
	tell  func(namespace, room string, needed bool) <-chan struct{}
	rooms bool
	ids   bool // also the room of each socket's own id
	queue serial.Queue[need]
	heard <-chan struct{} // of the newest that the Bus told one of; the queue's
	late  atomic.Bool     // the Bus doesn't hear them in time, so nobody waits
}

// A need begins or ends; a room that is empty means the namespace.
type need struct {
	namespace, room string
	needed          bool
	told            chan<- (<-chan struct{}) // not nil: only answered; room for one
}

// watchNeeds is BusServer.Needs: New calls Start when there is no namespace but those that it has
// made, and nobody is in a room.
func (s *Server) watchNeeds(rooms, ids bool, fn func(namespace, room string, needed bool) <-chan struct{}) {
	s.needs.tell, s.needs.rooms, s.needs.ids = fn, rooms, rooms && ids
	for _, n := range s.all() {
		fn(n.name, "", true)
	}
}

// need is called under the lock that keeps the order; the Bus is told elsewhere.
func (s *Server) need(n need) {
	if s.needs.tell != nil {
		s.needs.queue.Add(0, s.tellNeed, n)
	}
}

func (n *Namespace) needRoom(room string, needed bool) {
	if n.server.needs.rooms {
		n.server.need(need{namespace: n.name, room: room, needed: needed})
	}
}

// needID is needRoom for the room of a socket's own id, if the Bus wants to know, or can't know it
// by its form: revision 3 has what engineio's GenerateID made.
func (n *Namespace) needID(id string, needed bool) {
	if needs := &n.server.needs; needs.rooms && (needs.ids || !usualID.MatchString(id)) {
		n.needRoom(id, needed)
	}
}

var usualID = regexp.MustCompile(`(?s)^(.*#)?[\w-]{20}$`)

// settleNeeds waits until the Bus has been told, and the broker too if the Bus says when: what is
// published from then on is heard.
func (s *Server) settleNeeds() {
	if s.needs.tell == nil {
		return
	}
	told := make(chan (<-chan struct{}), 1)
	s.needs.queue.Add(0, s.tellNeed, need{told: told})
	heard := <-told
	if heard == nil {
		return
	}
	patience := settleTime
	if s.needs.late.Load() {
		patience = 0
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-heard:
		s.needs.late.Store(false)
	case <-timer.C:
		s.needs.late.Store(true)
	}
}

// settleRooms is settleNeeds for a client that is in rooms: middleware has put it there, or its own
// is one that the Bus has to be told.
func (s *Socket) settleRooms() {
	needs := &s.conn.server.needs
	if !needs.rooms {
		return
	}
	s.conn.mu.Lock()
	seated := s.live() > 0
	s.conn.mu.Unlock()
	if needs.ids {
		s.ns.needID(s.id, true)
	}
	if seated || needs.ids {
		s.conn.server.settleNeeds()
	}
}

// unsettle ends the need of the id of a socket that wasn't connected.
func (s *Socket) unsettle() {
	if n := s.ns; n.server.needs.ids {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.byID[s.id] == nil {
			n.needID(s.id, false)
		}
	}
}

func (s *Server) tellNeed(n need) {
	if n.told != nil {
		n.told <- s.needs.heard
		return
	}
	err := guard(func() {
		if heard := s.needs.tell(n.namespace, n.room, n.needed); heard != nil {
			s.needs.heard = heard
		}
	})
	if err != nil {
		s.failed(s.ctx, "the Bus panicked", err, "method", "Needs")
	}
}
