package chat

import "context"

// SetModerator makes somebody who wears the color user a moderator of a room, or one no more. It
// fails with NotOwner and TooMany. What is so already isn't told again.
func (h *House) SetModerator(ctx context.Context, who Visitor, room, user string, on bool) error {
	r, by, err := h.acting(who, room)
	if err != nil {
		return err
	}
	role, code := RoleModerator, LineNamed
	if !on {
		role, code = RoleMember, LineUnnamed
	}
	r.mu.Lock()
	to, err := r.target(ActModerators, by, user)
	if err == nil && on && to.Role != role && h.limits.Moderators >= 0 && r.moderators() >= h.limits.Moderators {
		err = met(TooMany, "moderators", h.limits.Moderators, "too many moderators")
	}
	if err != nil || to.Role == role {
		r.mu.Unlock()
		return err
	}
	session := to.ID
	r.mu.Unlock()
	return h.auditAs(ctx, r, Entry{Message: Message{Code: code, Actor: &by}, Role: &role}, session)
}

// moderators counts them; mu is held.
func (r *room) moderators() (n int) {
	for _, m := range r.members {
		if m.Role == RoleModerator {
			n++
		}
	}
	return n
}

// HandOver makes somebody who is in the room its owner, and its owner a moderator. It fails with
// NotOwner, and with NotFound when that one isn't there.
func (h *House) HandOver(ctx context.Context, who Visitor, room, user string) error {
	r, by, err := h.acting(who, room)
	if err != nil {
		return err
	}
	r.mu.Lock()
	to, err := r.target(ActHandOver, by, user)
	var s *seat
	if err == nil {
		s = r.seats[to.ID]
		if s == nil || !s.taken || s.moving != nil || r.handing {
			err = failField(NotFound, "user", "that one isn't in the room")
		}
	}
	if err != nil {
		r.mu.Unlock()
		return err
	}
	r.handing = true
	s.moving = make(chan struct{}) // or it would be given up meanwhile
	r.mu.Unlock()
	err = h.makeOwner(ctx, r, s, &by)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.handing = false
	close(s.moving)
	s.moving = nil
	h.wait(r, s)
	if err != nil {
		return storeError("hand the room over", err)
	}
	return nil
}
