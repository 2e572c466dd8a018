package chat

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// unseat frees the seats of those who are banned. Who shares a seat from elsewhere keeps it.
func (h *House) unseat(ctx context.Context, l Lockout) {
	h.mu.RLock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.RUnlock()
	var exits sync.WaitGroup // together they share a commit
	for _, r := range rooms {
		for {
			free, moving := r.banned(l)
			for _, s := range free { // before any wait: another ban may wait for them
				exits.Go(func() {
					if err := h.exit(ctx, r, s); err != nil { // the seat is free all the same
						h.failed(ctx, "exit", "exit line not kept", "room", r.id, "error", err)
					}
				})
			}
			if moving == nil {
				break
			}
			<-moving
		}
	}
	exits.Wait()
}

// banned takes the connections of the banned from their seats. It returns the seats whose exits the
// caller has to keep and, when some are being taken or freed by others, what to wait for before
// asking again.
func (r *room) banned(l Lockout) (free []*seat, moving <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil
	}
	for _, s := range r.seats {
		switch {
		case !s.loseBanned(l):
		case s.moving != nil:
			moving = s.moving
		default:
			r.free(s)
			free = append(free, s)
		}
	}
	return free, moving
}

// loseBanned takes the connections that are banned from a seat, and tells whether the seat is
// banned with them; the room's mu is held.
func (s *seat) loseBanned(l Lockout) bool {
	id := s.member.ID
	if len(s.conns) == 0 {
		return l.Of(id, s.last)
	}
	for conn, from := range s.conns {
		if l.Of(id, from) {
			s.lose(conn)
		}
	}
	return len(s.conns) == 0
}
