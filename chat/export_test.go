package chat

import (
	"crypto/sha256"
	"sync/atomic"
	"time"
)

// HoldRoom keeps a room's lock until release.
func (h *House) HoldRoom(id string) (release func()) {
	h.mu.RLock()
	r := h.rooms[id]
	h.mu.RUnlock()
	r.mu.Lock()
	return r.mu.Unlock
}

// HashCheaply makes hashing take time, and no effort. It counts the hashes.
func (h *House) HashCheaply() (n *atomic.Int32) {
	n = new(atomic.Int32)
	h.hasher.derive = func(password string, salt []byte) []byte {
		n.Add(1)
		time.Sleep(50 * time.Millisecond)
		sum := sha256.Sum256(append(salt, password...))
		return sum[:]
	}
	return n
}

// Grants is how many sessions a room remembers to know its password.
func (h *House) Grants(id string) int {
	h.mu.RLock()
	r := h.rooms[id]
	h.mu.RUnlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.grants.until)
}

// Asleep tells whether a room has forgotten its people.
func (h *House) Asleep(id string) bool {
	h.mu.RLock()
	r := h.rooms[id]
	h.mu.RUnlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people == nil
}

// Remembered is how many sessions a request finds without a query.
func (h *House) Remembered() int {
	h.sessions.mu.Lock()
	defer h.sessions.mu.Unlock()
	return len(h.sessions.young) + len(h.sessions.old)
}
