package socketio

import (
	"hash/maphash"
	"slices"
	"sync"
)

// shards is how many locks the rooms of a namespace share. Joins and broadcasts in different rooms
// meet in one of 16.
const shards = 16

// rooms are the rooms of one namespace. A room exists while it has members. The room named by a
// socket's own id exists without being stored: see Namespace.byID.
//
// Locks are taken in the order history, shard, conn.mu. Under a shard's lock nothing runs but
// bookkeeping and engineio's Send.
type rooms [shards]shard

type shard struct {
	mu     sync.RWMutex
	byName map[string]*room // guarded by mu
}

// A room lists its members; each knows its index, so leaving takes the same time in a room of any
// size.
type room struct {
	name  string
	seats []*seat // guarded by the shard's mu
}

var seed = maphash.MakeSeed()

func (r *rooms) shard(name string) *shard { return &r[maphash.String(seed, name)%shards] }

// join seats a socket. With a history its lock is held. Placed says that a place is taken for it.
func (r *rooms) join(s *Socket, name string, since uint64, placed bool) error {
	sh := r.shard(name)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if placed {
		s.vacate(name) // the seat counts instead
	}
	if s.state() == ended {
		return ErrClosed
	}
	if name == s.id {
		return nil // always in it
	}
	if st := s.seatIn(name); st != nil {
		// The middleware may have seated a socket whose session has been in the room for longer.
		st.since = min(st.since, since)
		return nil
	}
	if !placed {
		if _, err := s.costOf(name); err != nil {
			return err
		}
	}
	rm := sh.byName[name]
	kinds := []RoomEventKind{RoomCreated, RoomJoined}
	if rm != nil {
		kinds = kinds[1:]
	} else {
		if sh.byName == nil {
			sh.byName = make(map[string]*room)
		}
		rm = &room{name: name}
		sh.byName[name] = rm
		s.ns.needRoom(name, true)
	}
	st := &seat{room: rm, socket: s, index: int32(len(rm.seats)), since: since}
	rm.seats = append(rm.seats, st)
	s.sit(st)
	s.ns.tell(name, s.id, kinds...)
	return nil
}

// leave takes a socket out of a room that it may be in.
func (r *rooms) leave(s *Socket, name string) {
	sh := r.shard(name)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	st := s.seatIn(name)
	if st == nil || s.state() == ended {
		return
	}
	s.stand(st)
	sh.vacate(st)
}

// clear empties the seats of a socket that has ended; nobody changes the list of seats any more.
func (r *rooms) clear(seats []*seat) {
	for _, st := range seats {
		if st == nil {
			continue
		}
		sh := r.shard(st.room.name)
		sh.mu.Lock()
		sh.vacate(st)
		sh.mu.Unlock()
	}
}

// vacate needs mu.
func (sh *shard) vacate(st *seat) {
	rm := st.room
	last := len(rm.seats) - 1
	moved := rm.seats[last]
	rm.seats[st.index] = moved
	moved.index = st.index
	rm.seats[last] = nil
	rm.seats = rm.seats[:last]
	st.socket.ns.tell(rm.name, st.socket.id, RoomLeft)
	switch {
	case last == 0:
		delete(sh.byName, rm.name)
		st.socket.ns.needRoom(rm.name, false)
		st.socket.ns.tell(rm.name, st.socket.id, RoomDeleted)
	case cap(rm.seats) > 64 && last < cap(rm.seats)/4:
		rm.seats = slices.Clone(rm.seats)
	}
}

// each calls f for the sockets of one room, under its lock.
func (r *rooms) each(name string, f func(*Socket)) {
	sh := r.shard(name)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	if rm := sh.byName[name]; rm != nil {
		for _, st := range rm.seats {
			f(st.socket)
		}
	}
}
