package chat

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"time"
)

// RoomBan keeps somebody out of one room, and newcomers from the same networks if it says so.
type RoomBan struct {
	Room     string
	Session  string
	Networks []netip.Prefix
	Until    time.Time // zero = for good
	Reason   string
	Actor    string // session of who banned
	Created  time.Time
}

func (b RoomBan) over(now time.Time) bool { return !b.Until.IsZero() && !now.Before(b.Until) }

// BanRequest asks to ban somebody from a room.
type BanRequest struct {
	Room    string
	User    string        // the color
	For     time.Duration // 0 = for good
	Address bool          // newcomers from where that one is, too
	Reason  string
}

// BannedMember is a ban as those in charge see it.
type BannedMember struct {
	Member
	Until   time.Time // zero = for good
	Reason  string
	Address bool
	Actor   *Member // nil = nobody knows any more
	Created time.Time
}

// BanMember bans somebody from a room, whether that one is there or not. Its connections are told
// by an EventOut. It fails as Remove does, and with TooMany.
func (h *House) BanMember(ctx context.Context, who Visitor, q BanRequest) error {
	r, by, done, err := h.overOthers(ctx, who, q.Room)
	if err != nil {
		return err
	}
	defer done()
	reason, err := h.limits.reason(q.Reason)
	if err != nil {
		return err
	}
	b := RoomBan{Room: r.id, Reason: reason, Actor: by.ID, Created: now()}
	switch {
	case q.For < 0:
		return failField(BadRequest, "for", "a ban lasts for a time")
	case q.For > 0:
		b.Until = b.Created.Add(q.For)
	}
	r.mu.Lock()
	to, err := r.target(ActBan, by, q.User)
	if err == nil {
		b.Session = to.ID
		before, again := r.bans[to.ID]
		if !before.over(b.Created) {
			b.Networks = before.Networks // a second ban lets in nobody whom the first kept out
		}
		if !again && h.limits.RoomBans >= 0 && len(r.bans) >= h.limits.RoomBans {
			err = met(TooMany, "room-bans", h.limits.RoomBans, "too many bans")
		}
	}
	if err != nil {
		r.mu.Unlock()
		return err
	}
	if s := r.seats[to.ID]; s != nil && q.Address {
		if from := s.networks(); len(from) > 0 {
			b.Networks = from
		}
	}
	r.mu.Unlock()
	ctx = context.WithoutCancel(ctx)
	err = h.store.AddRoomBan(ctx, b, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ban(b)
	})
	if err != nil {
		return storeError("keep the ban", err)
	}
	line := Message{Code: LineBanned, Actor: &by, Until: b.Until, Reason: reason}
	if done, err := h.evict(ctx, r, b.Session, line); done || err != nil {
		return err
	}
	return h.audit(ctx, r, line, b.Session)
}

// networks are where a seat's connections come from, as far as they can be banned; the room's mu is
// held.
func (s *seat) networks() (all []netip.Prefix) {
	from := slices.Sorted(maps.Values(s.conns))
	if len(from) == 0 {
		from = []string{s.last}
	}
	for _, text := range slices.Compact(from) {
		a, ok := addressOf(text)
		if !ok {
			continue
		}
		b := Ban{Network: network(netip.PrefixFrom(a, a.BitLen()))}
		if b.Check() == nil { // this machine isn't anybody's
			all = append(all, b.Network)
		}
	}
	return all
}

// ban applies a ban; mu is held.
func (r *room) ban(b RoomBan) {
	r.keepBan(b)
	r.tabulate()
}

func (r *room) keepBan(b RoomBan) {
	if r.bans == nil {
		r.bans = map[string]RoomBan{}
	}
	r.bans[b.Session] = b
}

// tabulate makes the table of the networks; mu is held.
func (r *room) tabulate() {
	if r.nets = nil; len(r.bans) == 0 {
		return
	}
	var all []Ban
	for _, b := range r.bans {
		for _, n := range b.Networks {
			all = append(all, Ban{Network: n, Until: b.Until})
		}
	}
	r.nets = newBanTable(slices.Values(all))
}

// barred fails with Kicked or RoomBanned while who has to stay out; mu is held. A network is that
// of many, so those whom the room knows go on.
func (r *room) barred(who Visitor) error {
	now := time.Now()
	if b, ok := r.bans[who.ID]; ok && !b.over(now) {
		return roomBanned(b.Until, now)
	}
	if until, ok := r.kicked[who.ID]; ok && now.Before(until) {
		return &Error{Code: Kicked, Message: "removed from the room", Retryable: true, RetryAfter: until.Sub(now)}
	}
	if r.knows(who.ID) == nil && len(r.bans) > 0 {
		if until, ok := r.nets.of(Visitor{From: who.From}, now); ok {
			return roomBanned(until, now)
		}
	}
	return nil
}

func roomBanned(until, now time.Time) error {
	e := &Error{Code: RoomBanned, Message: "banned from the room"}
	if !until.IsZero() {
		e.Retryable, e.RetryAfter = true, until.Sub(now)
	}
	return e
}

// LiftBanOf ends the ban of somebody from a room, or fails with NotFound.
func (h *House) LiftBanOf(ctx context.Context, who Visitor, room, user string) error {
	r, by, err := h.acting(who, room)
	if err != nil {
		return err
	}
	r.mu.Lock()
	to := r.wearer(user)
	switch {
	case !r.roleOf(by.ID).May(ActLift):
		err = r.roleOf(by.ID).needs(ActLift)
	case to == nil:
		err = noBan()
	}
	r.mu.Unlock()
	if err != nil {
		return err
	}
	err = h.store.LiftRoomBan(context.WithoutCancel(ctx), r.id, to.ID, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.bans, to.ID)
		delete(r.kicked, to.ID)
		to.Removed = time.Time{}
		r.tabulate()
	})
	if errors.Is(err, ErrNotFound) {
		return noBan()
	}
	if err != nil {
		return storeError("lift the ban", err)
	}
	return h.audit(ctx, r, Message{Code: LineLifted, Actor: &by}, to.ID)
}

func noBan() error { return failField(NotFound, "user", "nobody of that color is banned") }

// BannedFrom lists who is banned from a room, the newest first, for those in charge.
func (h *House) BannedFrom(who Visitor, room string) (all []BannedMember, err error) {
	r, by, err := h.acting(who, room)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if role := r.roleOf(by.ID); !role.May(ActLift) {
		return nil, role.needs(ActLift)
	}
	now := time.Now()
	for _, b := range r.bans {
		m := r.knows(b.Session)
		if m == nil || b.over(now) {
			continue
		}
		v := BannedMember{Member: *m, Until: b.Until, Reason: b.Reason, Address: len(b.Networks) > 0, Created: b.Created}
		if a := r.knows(b.Actor); a != nil {
			actor := *a
			v.Actor = &actor
		}
		all = append(all, v)
	}
	slices.SortFunc(all, func(a, b BannedMember) int {
		return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// sweepRoomBans forgets the bans from rooms that have ended.
func (h *House) sweepRoomBans(ctx context.Context, now time.Time) error {
	if err := h.store.RemoveRoomBans(ctx, now); err != nil {
		return err
	}
	h.mu.RLock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.RUnlock()
	for _, r := range rooms {
		r.mu.Lock()
		if len(r.bans) > 0 {
			maps.DeleteFunc(r.bans, func(_ string, b RoomBan) bool { return b.over(now) })
			r.tabulate()
		}
		r.mu.Unlock()
	}
	return nil
}
