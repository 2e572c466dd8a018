package socketio

import "github.com/madang-chat/madang/internal/serial"

// needs are what a Bus is told of what its server has: only that has to be brought.
type needs struct {
	tell  func(namespace, room string, needed bool) // nil: the Bus doesn't ask; set by New alone
	rooms bool
	queue serial.Queue[need]
}

// A need begins or ends; a room that is empty means the namespace.
type need struct {
	namespace, room string
	needed          bool
	told            chan struct{} // not nil: only closed
}

// watchNeeds is BusServer.Needs: New calls Start when there is no namespace but those that it has
// made, and nobody is in a room.
func (s *Server) watchNeeds(rooms bool, fn func(namespace, room string, needed bool)) {
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

// settleNeeds waits until the Bus has been told, so that what is published from then on is behind
// it.
func (s *Server) settleNeeds() {
	if s.needs.tell != nil {
		told := make(chan struct{})
		s.needs.queue.Add(0, s.tellNeed, need{told: told})
		<-told
	}
}

func (s *Server) tellNeed(n need) {
	if n.told != nil {
		close(n.told)
		return
	}
	if err := guard(func() { s.needs.tell(n.namespace, n.room, n.needed) }); err != nil {
		s.failed(s.ctx, "the Bus panicked", err, "method", "Needs")
	}
}
