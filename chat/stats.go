package chat

import (
	"maps"
	"slices"
	"time"
)

// Stats are what a House holds at a moment.
type Stats struct {
	Rooms  int
	Listed int // rooms of the list
	Seats  int // seats taken in all rooms
	People int // who have them, each once

	Sessions int // remembered, so that they cost no query

	Uploads    int   // under way
	MediaBytes int64 // of the images that are kept
	MediaHeld  int64 // and reserved by uploads under way
	DiskFree   int64 // bytes where images lie; -1 = nobody knows

	Hashing      int // passwords that are hashed
	HashingQueue int // that wait for it

	LockedOutSessions  int
	LockedOutAddresses int
	Bans               int
}

// Stats counts. Of 15,000 rooms that takes milliseconds, in which nobody waits for more than the
// list of them to be copied.
func (h *House) Stats() Stats {
	s := Stats{Uploads: int(h.underWay.Load()), DiskFree: -1}
	h.mu.RLock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.RUnlock()
	s.Rooms = len(rooms)
	people := map[string]struct{}{}
	for _, r := range rooms {
		r.mu.Lock()
		s.Seats += len(r.order)
		for _, seat := range r.order {
			people[seat.member.ID] = struct{}{}
		}
		r.mu.Unlock()
	}
	s.People = len(people)
	s.Listed = h.directory.len()
	s.Sessions = h.sessions.len()
	s.MediaBytes, s.MediaHeld = h.space.used()
	if h.files != nil {
		if free, ok := h.files.Free(); ok {
			s.DiskFree = free
		}
	}
	s.Hashing, s.HashingQueue = h.hasher.busy()
	s.LockedOutSessions, s.LockedOutAddresses = h.offenders.lockedNow()
	s.Bans = len(h.Bans())
	return s
}

func (d *directory) len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.listed)
}

func (s *sessions) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.young)
	for hash := range s.old {
		if _, both := s.young[hash]; !both {
			n++
		}
	}
	return n
}

func (s *space) used() (kept, held int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept, s.held
}

func (h *hasher) busy() (hashing, waiting int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, l := range h.parties {
		waiting += len(l.waiting)
	}
	return h.parallel - h.free, waiting
}

func (o *offenders) lockedNow() (sessions, addresses int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.out.count(time.Now())
}

// lockouts are the ends of those that last, in their order: all take the same time.
type lockouts struct{ sessions, addresses []time.Time }

func (l *lockouts) add(session, address bool, end, now time.Time) {
	if session {
		l.sessions = append(l.sessions, end)
	}
	if address {
		l.addresses = append(l.addresses, end)
	}
	if session || address {
		l.count(now)
	}
}

// count forgets those that are over.
func (l *lockouts) count(now time.Time) (sessions, addresses int) {
	for _, ends := range []*[]time.Time{&l.sessions, &l.addresses} {
		for len(*ends) > 0 && !now.Before((*ends)[0]) {
			*ends = (*ends)[1:]
		}
	}
	return len(l.sessions), len(l.addresses)
}
