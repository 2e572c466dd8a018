package socketio

import (
	"fmt"
)

// What a connection holds in memory because its client said so, in bytes that Options.MaxMemory
// limits:
//
//	the handshake                its URL and headers
//	a socket                     socketCost, the name of its namespace and its auth, until its last handler is done
//	a namespace that it left     the name, of the last ones
//	a room that it is in         seatCost and the name
//	an event in an inbox         eventCost, its text and its attachments
//	an attachment                attachmentCost
//	a packet that isn't whole    eventCost, its text and the attachments that have come
const (
	socketCost     = 2 << 10 // with its place in lists and the stack of its worker
	seatCost       = 256     // with the room and what finds it
	attachmentCost = 32
)

var errRoomsTooLarge = &Error{Code: CodeTooManyRooms, Message: "too many rooms", Err: fmt.Errorf("the connection holds more than MaxMemory: %w", ErrTooManyRooms)}

// holds reports whether the connection may hold that much more. It needs mu.
func (c *conn) holds(more int) bool { return c.fixed+c.queued+more <= c.server.opts.MaxMemory }

// crowd stops reading while events wait and the connection holds more than it may. It needs mu.
func (c *conn) crowd() {
	if !c.crowded && c.queued > 0 && c.fixed+c.queued >= c.server.opts.MaxMemory {
		c.crowded = true
		c.throttle()
	}
}

// thin ends that when half of the events are done. It needs mu.
func (c *conn) thin() {
	if c.crowded && c.queued <= max(c.server.opts.MaxMemory-c.fixed, 0)/2 {
		c.crowded = false
		c.throttle()
	}
}

// cost is what the socket counts besides rooms and events.
func (s *Socket) cost() int { return socketCost + len(s.ns.name) + len(s.auth) }

func roomCost(name string) int { return seatCost + len(name) }

// reserve takes places for rooms, all or none. What it returns is to be joined: that gives each
// place back.
func (s *Socket) reserve(rooms []string) ([]string, error) {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.state() == ended {
		return nil, ErrClosed
	}
	cost, err := s.costOf(rooms...)
	if err == nil {
		s.place(rooms, cost)
		return rooms, nil
	}
	// Some may be named twice or joined before.
	var fresh []string
	seen := make(map[string]bool)
	for _, name := range rooms {
		if s.seatIn(name) == nil && name != s.id && !seen[name] {
			seen[name] = true
			fresh = append(fresh, name)
		}
	}
	if cost, err = s.costOf(fresh...); err != nil {
		return nil, err
	}
	s.place(fresh, cost)
	return fresh, nil
}

// costOf is what rooms cost that the socket isn't in, or why it can't join them all. It needs
// conn.mu.
func (s *Socket) costOf(rooms ...string) (cost int, err error) {
	if len(rooms) > s.conn.server.opts.MaxRooms-s.live()-int(s.places) {
		return 0, ErrTooManyRooms
	}
	for _, name := range rooms {
		cost += roomCost(name)
	}
	if !s.conn.holds(cost) {
		return 0, errRoomsTooLarge
	}
	return cost, nil
}

// place takes places for rooms. It needs conn.mu.
func (s *Socket) place(rooms []string, cost int) {
	s.places += int32(len(rooms))
	s.conn.fixed += cost
}

// vacate gives a place back. It needs conn.mu.
func (s *Socket) vacate(room string) {
	s.places--
	s.conn.fixed -= roomCost(room)
}

// placeAgain takes places for the rooms of an earlier socket, which had its own MaxRooms, if the
// connection may hold them.
func (s *Socket) placeAgain(rooms []membership) bool {
	c := s.conn
	c.mu.Lock()
	defer c.mu.Unlock()
	cost := 0
	for _, m := range rooms {
		cost += roomCost(m.room)
	}
	if !c.holds(cost) {
		return false
	}
	s.places += int32(len(rooms))
	c.fixed += cost
	return true
}

// giveBack gives back what placeAgain took.
func (s *Socket) giveBack(rooms []membership) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	for _, m := range rooms {
		s.vacate(m.room)
	}
}
