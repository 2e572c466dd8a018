package chat

// HoldRoom keeps a room's lock until release.
func (h *House) HoldRoom(id string) (release func()) {
	h.mu.RLock()
	r := h.rooms[id]
	h.mu.RUnlock()
	r.mu.Lock()
	return r.mu.Unlock
}
