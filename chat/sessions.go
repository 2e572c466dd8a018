package chat

import (
	"context"
	"maps"
	"sync"
	"time"
)

// seenPause is how old Seen may become before it is written again.
const seenPause = time.Hour

const (
	sessionsMost = 10_000 // that are remembered, half a kilobyte each, and that wait to be written
	seenBatch    = 256    // written at once, so that messages needn't wait for more
	seenDelay    = time.Second
	seenRetry    = time.Minute
)

// Seen is when a session was seen last.
type Seen struct {
	Session string
	At      time.Time
	Expires time.Time // for that reason
}

// sessions remembers those that were used lately, so that a request costs no query, and when they
// were seen, until that is written: nobody waits for it, and a crash loses it.
type sessions struct {
	mu    sync.Mutex
	young map[[32]byte]Session // guarded by mu; by the token that was shown
	old   map[[32]byte]Session // guarded by mu; used before all of young, and dropped first
	turn  int                  // guarded by mu; of forgetting
	seen  map[string]Seen      // guarded by mu; not written yet
	armed bool                 // guarded by mu; somebody will write seen
}

func newSessions() *sessions {
	return &sessions{young: map[[32]byte]Session{}, old: map[[32]byte]Session{}, seen: map[string]Seen{}}
}

// find finds the session of a token. Who doesn't find it may put it, with turn.
func (s *sessions) find(hash [32]byte) (one Session, turn int, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if one, ok = s.young[hash]; ok {
		return one, s.turn, true
	}
	if one, ok = s.old[hash]; ok {
		s.keep(hash, one)
	}
	return one, s.turn, ok
}

// put remembers what the store says, unless something was forgotten since turn: the store may have
// been asked before that.
func (s *sessions) put(hash [32]byte, one Session, turn int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if turn == s.turn {
		s.keep(hash, one)
	}
}

// keep needs mu.
func (s *sessions) keep(hash [32]byte, one Session) {
	if len(s.young) >= sessionsMost/2 {
		s.old, s.young = s.young, map[[32]byte]Session{}
	}
	s.young[hash] = one
}

// forget is called behind a change of what the store says of these tokens.
func (s *sessions) forget(hashes ...[32]byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	for _, hash := range hashes {
		delete(s.young, hash)
		delete(s.old, hash)
	}
}

// forgetAll is forget for all tokens.
func (s *sessions) forgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	s.young, s.old = map[[32]byte]Session{}, map[[32]byte]Session{}
}

// touch remembers that a session was seen. The caller has to see to it that it is written if arm.
// When too much waits for that, it does nothing: the session's next request comes here again.
func (s *sessions) touch(hash [32]byte, seen Seen) (arm bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.seen[seen.Session]; !ok && len(s.seen) >= sessionsMost {
		return false
	}
	s.seen[seen.Session] = seen
	if one, ok := s.young[hash]; ok {
		one.Seen, one.Expires = seen.At, seen.Expires
		s.young[hash] = one
	}
	arm = !s.armed
	s.armed = true
	return arm
}

// unwritten are some of those that aren't written; when there are none, nobody is armed.
func (s *sessions) unwritten() []Seen {
	s.mu.Lock()
	defer s.mu.Unlock()
	some := make([]Seen, 0, min(seenBatch, len(s.seen)))
	for seen := range maps.Values(s.seen) {
		if len(some) == seenBatch {
			break
		}
		some = append(some, seen)
	}
	s.armed = len(some) > 0
	return some
}

// written is called behind that.
func (s *sessions) written(some []Seen) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seen := range some {
		if s.seen[seen.Session] == seen {
			delete(s.seen, seen.Session)
		}
	}
}

// touch prolongs a session.
func (h *House) touch(hash [32]byte, id string) {
	now := time.Now()
	if h.sessions.touch(hash, Seen{Session: id, At: now, Expires: now.Add(h.limits.SessionLife)}) {
		h.after(seenDelay, h.writeSeenSoon)
	}
}

func (h *House) writeSeenSoon() {
	if err := h.writeSeen(context.Background()); err != nil {
		h.failed(context.Background(), "touch", "sessions not prolonged", "error", err)
		h.after(seenRetry, h.writeSeenSoon)
	}
}

// writeSeen writes all that isn't written. More than one may do that at a time.
func (h *House) writeSeen(ctx context.Context) error {
	for {
		some := h.sessions.unwritten()
		if len(some) == 0 {
			return nil
		}
		if err := h.store.TouchSessions(ctx, some); err != nil {
			return err
		}
		h.sessions.written(some)
	}
}

// forgetOf is forget for all tokens that belong to sessions of which is says so.
func (s *sessions) forgetOf(is func(Session) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	for _, all := range []map[[32]byte]Session{s.young, s.old} {
		maps.DeleteFunc(all, func(_ [32]byte, one Session) bool { return is(one) })
	}
}
