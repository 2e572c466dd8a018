package chat

import "time"

// mayLock says whether a session may lock the door; mu is held.
func (r *room) mayLock(session string) bool { return r.roleOf(session).May(ActLock) }

// pastDoor fails with DoorLocked where the door keeps who out: it lets in those who may lock it,
// those who are inside and those who were lately, so that nobody is shut out by a lost connection
// or a night; r.mu is held.
func (h *House) pastDoor(r *room, who Visitor) error {
	if !r.rec.DoorLocked || r.mayLock(who.ID) || r.seats[who.ID] != nil {
		return nil
	}
	_, removed := r.kicked[who.ID]
	if m := r.knows(who.ID); m != nil && !removed && time.Since(m.Left) < h.limits.DoorMemory {
		return nil
	}
	return Fail(DoorLocked, "the door is locked")
}
