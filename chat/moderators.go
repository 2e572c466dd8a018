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
