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
func (s *Server) watchNeeds(rooms bool, fn func(namespace, room string, needed bool) <-chan struct{}) {
	s.needs.tell, s.needs.rooms = fn, rooms
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

// needID is needRoom for the room of a socket's own id, if a Bus can't know it by its form:
// revision 3 has what engineio's GenerateID made.
func (n *Namespace) needID(id string, needed bool) {
	if n.server.needs.rooms && !usualID.MatchString(id) {
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

// settleRooms is settleNeeds for a client that middleware has seated in rooms.
func (s *Socket) settleRooms() {
	if !s.conn.server.needs.rooms {
		return
	}
	s.conn.mu.Lock()
	seated := s.live() > 0
	s.conn.mu.Unlock()
	if seated {
		s.conn.server.settleNeeds()
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
