package socketio

import "slices"

// A seat is one membership.
type seat struct {
	room   *room
	socket *Socket
	index  int32  // in room.seats; guarded by the shard's mu
	at     int32  // in socket.seats; guarded by conn.mu
	since  uint64 // the newest event of the history when the socket joined; guarded by conn.mu
}

// fewSeats is how many seats are searched one by one: most sockets have fewer, and need no map.
const fewSeats = 16

// seatIn is the seat in a room, or nil. It needs conn.mu.
func (s *Socket) seatIn(name string) *seat {
	if x := s.extra; x != nil && x.seatOf != nil {
		return x.seatOf[name]
	}
	for _, st := range s.seats {
		if st != nil && st.room.name == name {
			return st
		}
	}
	return nil
}

// live is how many seats the socket has. It needs conn.mu.
func (s *Socket) live() int { return len(s.seats) - int(s.gaps) }

// sit notes a new seat. It needs conn.mu.
func (s *Socket) sit(st *seat) {
	s.conn.fixed += roomCost(st.room.name)
	st.at = int32(len(s.seats))
	s.seats = append(s.seats, st)
	switch x := s.extra; {
	case x != nil && x.seatOf != nil:
		x.seatOf[st.room.name] = st
	case s.live() > fewSeats:
		x = s.extend()
		x.seatOf = make(map[string]*seat, 2*fewSeats)
		for _, st := range s.seats {
			if st != nil {
				x.seatOf[st.room.name] = st
			}
		}
	}
}

// stand forgets a seat. The others keep their order: what is left is a gap, and there are never
// more of those than of seats. It needs conn.mu.
func (s *Socket) stand(st *seat) {
	s.conn.fixed -= roomCost(st.room.name)
	s.seats[st.at] = nil
	s.gaps++
	if x := s.extra; x != nil && x.seatOf != nil {
		if delete(x.seatOf, st.room.name); len(x.seatOf) <= fewSeats/2 {
			x.seatOf = nil
		}
	}
	if s.live() >= int(s.gaps) {
		return
	}
	s.seats = slices.DeleteFunc(s.seats, func(st *seat) bool { return st == nil })
	s.gaps = 0
	if cap(s.seats) > 64 && len(s.seats) < cap(s.seats)/4 {
		s.seats = slices.Clone(s.seats)
	}
	for i, st := range s.seats {
		st.at = int32(i)
	}
}
