package chat

import "context"

// SetModerator makes somebody who wears the color user a moderator of a room, or one no more. It
// fails with NotOwner and TooMany. What is so already isn't told again.
func (h *House) SetModerator(ctx context.Context, who Visitor, room, user string, on bool) error {
	r, by, done, err := h.overOthers(ctx, who, room)
	if err != nil {
		return err
	}
	defer done()
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
	for _, m := range r.everyone() {
		if m.Role == RoleModerator {
			n++
		}
	}
	return n
}

// HandOver makes somebody who is in the room its owner, and its owner a moderator. It fails with
// NotOwner, with NotFound when that one isn't there, and with TooManyRooms when that one owns as
// many as Limits.RoomsPerIdentity.
func (h *House) HandOver(ctx context.Context, who Visitor, room, user string) error {
	r, by, done, err := h.overOthers(ctx, who, room)
	if err != nil {
		return err
	}
	defer done()
	r.mu.Lock()
	to, err := r.target(ActHandOver, by, user)
	if err != nil {
		r.mu.Unlock()
		return err
	}
	heir := to.ID
	r.mu.Unlock()
	made, err := h.makers.take(ctx, heir) // no quota is passed by two at once
	if err != nil {
		return err
	}
	defer made()
	if err := h.mayOwnMore(heir, "user"); err != nil {
		return err
	}
	s, err := r.handTo(by, user, heir)
	if err != nil {
		return err
	}
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

// handTo begins to hand the room over: the seat of the heir, who wears the color user, stays until
// moving is closed.
func (r *room) handTo(by Member, user, heir string) (*seat, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	to, err := r.target(ActHandOver, by, user)
	if err != nil {
		return nil, err
	}
	s := r.seats[to.ID]
	if to.ID != heir || s == nil || !s.taken || s.moving != nil || r.handing {
		return nil, failField(NotFound, "user", "that one isn't in the room")
	}
	r.handing = true
	s.moving = make(chan struct{}) // or it would be given up meanwhile
	return s, nil
}
