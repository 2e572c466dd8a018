package chat

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"
)

// Profile is how a visitor is called by now, which its connections needn't know yet.
func (h *House) Profile(ctx context.Context, who Visitor) (Identity, error) {
	return h.profile(ctx, nil, who.Identity)
}

// profile is how a visitor is called by now. Who has a seat in r keeps the name it has there.
func (h *House) profile(ctx context.Context, r *room, id Identity) (Identity, error) {
	if r != nil {
		r.mu.Lock()
		seated := r.seats[id.ID] != nil
		r.mu.Unlock()
		if seated {
			return id, nil
		}
	}
	now, err := h.store.Profile(ctx, id.ID)
	if errors.Is(err, ErrNotFound) {
		return Identity{}, Fail(Unauthorized, "unknown session")
	}
	if err != nil {
		return Identity{}, storeError("find session", err)
	}
	return now, nil
}

// CheckNickname says whether who may be called so from here on, and how it would be kept. It fails
// as Rename does, but for rates.
func (h *House) CheckNickname(who Visitor, nickname string) (string, error) {
	nickname, err := h.limits.nickname(nickname)
	if err != nil {
		return "", err
	}
	for _, r := range h.all() {
		r.mu.Lock()
		s := r.seats[who.ID]
		free := s == nil || r.mayBear(who.ID, nickname)
		r.mu.Unlock()
		if !free {
			return "", failField(NickTaken, "nickname", "somebody in a room has the name")
		}
	}
	return nickname, nil
}

// Rename gives who another nickname, "" = the generated name again, in all rooms where it has a
// seat: each has a line of it. It fails with BadNick, NickTaken, when somebody with a seat in one
// of these rooms bears it, or RateLimited. Rooms that it comes to later may call it otherwise.
func (h *House) Rename(ctx context.Context, who Visitor, nickname string) (Identity, error) {
	nickname, err := h.limits.nickname(nickname)
	if err != nil {
		return Identity{}, err
	}
	return h.called(ctx, who, func(id *Identity) error {
		if id.Nickname == nickname {
			return nil
		}
		id.Nickname = nickname
		if _, err := h.CheckNickname(who, nickname); err != nil {
			return err
		}
		return h.rates.take(append(h.rates.address(&h.rates.addressNicks, who.From, 1), one(&h.rates.nicks, who.ID))...)
	})
}

// called changes how a visitor is called, in all rooms where it has a seat.
func (h *House) called(ctx context.Context, who Visitor, f func(*Identity) error) (Identity, error) {
	done, err := h.naming.take(ctx, who.ID)
	if err != nil {
		return Identity{}, err
	}
	defer done()
	was, err := h.Profile(ctx, who)
	if err != nil {
		return Identity{}, err
	}
	id := was
	if err := f(&id); err != nil || id == was {
		return id, err
	}
	if err := h.bans.check(who); err != nil {
		return Identity{}, err
	}
	seats, lines, err := h.claim(ctx, id, id.Nickname != was.Nickname)
	if err != nil {
		return Identity{}, err
	}
	err = h.store.Rename(context.WithoutCancel(ctx), id, lines, func(lines []Message) {
		h.sessions.forgetOf(func(s Session) bool { return s.ID == id.ID })
		for _, m := range lines {
			h.renamed(seats[m.Room], m)
		}
	})
	for _, r := range seats { // what nobody bears
		r.settleNames(id.ID)
	}
	if err != nil {
		return Identity{}, storeError("keep the name", err)
	}
	return id, nil
}

// claim holds the nickname in the rooms where id has a seat, and makes their lines. If another one
// has it in one of them it fails, unless that is no news.
func (h *House) claim(ctx context.Context, id Identity, must bool) (seats map[string]*room, lines []Message, err error) {
	seats = map[string]*room{}
	for _, r := range h.all() {
		line, in, err := r.claim(ctx, id, must)
		if err != nil {
			for _, r := range seats {
				r.settleNames(id.ID)
			}
			return nil, nil, err
		}
		if in {
			seats[r.id] = r
			lines = append(lines, line)
		}
	}
	slices.SortFunc(lines, func(a, b Message) int { return cmp.Compare(a.Room, b.Room) })
	return seats, lines, nil
}

// claim is House.claim in one room. A seat that is being taken or freed is waited for.
func (r *room) claim(ctx context.Context, id Identity, must bool) (line Message, in bool, err error) {
	for {
		r.mu.Lock()
		s := r.seats[id.ID]
		if s == nil || r.closed {
			r.mu.Unlock()
			return Message{}, false, nil
		}
		if s.moving == nil {
			break
		}
		moving := s.moving
		r.mu.Unlock()
		select {
		case <-moving:
		case <-ctx.Done():
			return Message{}, false, context.Cause(ctx)
		}
	}
	defer r.mu.Unlock()
	if !r.mayBear(id.ID, id.Nickname) {
		if must {
			return Message{}, false, failField(NickTaken, "nickname", "somebody in a room has the name")
		}
		id.Nickname = ""
	}
	r.bear(id.ID, id.Nickname)
	by := *r.members[id.ID]
	was := calledOf(by.Identity)
	by.Left, by.Nickname, by.Tag = time.Time{}, id.Nickname, id.Tag
	return Message{ID: NewID(), Room: r.id, CID: systemCID(), Kind: KindSystem, Code: LineNick, Created: now(), By: by,
		Was: was, Now: calledOf(by.Identity)}, was != calledOf(by.Identity), nil
}

// renamed applies a line that was committed.
func (h *House) renamed(r *room, m Message) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if by := r.knows(m.By.ID); by != nil {
		r.call(by, m.By.Identity)
	}
	r.announce(EventRenamed, &m)
	h.tell(r)
}

// settleNames releases what the session holds and isn't called by.
func (r *room) settleNames(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	own := ""
	if s := r.seats[id]; s != nil {
		own = s.member.Nickname
	}
	maps.DeleteFunc(r.held, func(key, holder string) bool { return holder == id && (own == "" || key != alike(own)) })
}

// all are the rooms that there are.
func (h *House) all() []*room {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Values(h.rooms))
}
