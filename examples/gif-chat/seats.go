package main

import (
	"errors"
	"slices"
	"sync"
	"time"
)

const (
	grace      = 2 * time.Second  // for a page that is loaded anew by the only one in the room
	neverTaken = 10 * time.Minute // for a room that nobody enters, and after a restart
)

var (
	errFull = errors.New("the room is full")
	errGone = errors.New("there is no such room")
)

// seats knows which sockets are in which room. A room in which nobody is ends after a while.
type seats struct {
	over func(room string) // called without the lock, by a timer

	mu    sync.Mutex
	rooms map[string]*seated // guarded by mu, with all in it
	ended bool               // guarded by mu: no room ends any more
}

type seated struct {
	sockets []string
	end     *time.Timer // runs while there are no sockets
}

func newSeats(over func(room string)) *seats {
	return &seats{over: over, rooms: map[string]*seated{}}
}

// open adds an empty room.
func (s *seats) open(room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &seated{}
	s.rooms[room] = r
	r.end = time.AfterFunc(neverTaken, func() {
		s.mu.Lock()
		empty := s.rooms[room] == r && len(r.sockets) == 0 && !s.ended
		if empty {
			delete(s.rooms, room)
		}
		s.mu.Unlock()
		if empty {
			s.over(room)
		}
	})
}

// take seats a socket, if there are fewer than limit: errFull or errGone otherwise.
func (s *seats) take(room, socket string, limit int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[room]
	switch {
	case r == nil:
		return errGone
	case len(r.sockets) >= limit:
		return errFull
	}
	r.end.Stop()
	r.sockets = append(r.sockets, socket)
	return nil
}

// leave frees the seat of a socket. The room may end soon, if it was the last one.
func (s *seats) leave(room, socket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[room]
	if r == nil {
		return
	}
	if i := slices.Index(r.sockets, socket); i >= 0 {
		r.sockets = slices.Delete(r.sockets, i, i+1)
		if len(r.sockets) == 0 && !s.ended {
			r.end.Reset(grace)
		}
	}
}

// remove forgets a room and returns the sockets that were in it.
func (s *seats) remove(room string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[room]
	if r == nil {
		return nil
	}
	r.end.Stop()
	delete(s.rooms, room)
	return r.sockets
}

// taken counts the sockets in a room.
func (s *seats) taken(room string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.rooms[room]; r != nil {
		return len(r.sockets)
	}
	return 0
}

// Close stops all timers: when the program ends everybody leaves, and the rooms stay for the next
// start.
func (s *seats) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, r := range s.rooms {
		r.end.Stop()
	}
	return nil
}
