package chat

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode"
)

// Ban keeps a session, or everybody at a network, from everything. One is set.
type Ban struct {
	ID      int64 // given by the store
	Session string
	Network netip.Prefix
	Until   time.Time // zero = for good
	Reason  string    // for operators alone
	Created time.Time
}

func (b Ban) over(now time.Time) bool { return !b.Until.IsZero() && !now.Before(b.Until) }

// Lockout tells doors of the ban.
func (b Ban) Lockout() Lockout {
	return Lockout{Session: b.Session, Network: b.Network, Until: b.Until, Ban: true}
}

// Widest networks that can be banned, in bits: more than that is a country, or a slip of the
// fingers.
const (
	widest4 = 16
	widest6 = 32
)

// reasonMost is what the reason of a ban may have.
const reasonMost = 200

// ParseBanned reads whom a ban is of: the id of a session, an address, or a network. Of IPv6 it is
// at least the /64 that one customer has.
func ParseBanned(text string) (b Ban, err error) {
	text = strings.TrimSpace(text)
	if p, err := netip.ParsePrefix(text); err == nil {
		return Ban{Network: network(p)}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		return Ban{Network: network(netip.PrefixFrom(a.WithZone(""), a.BitLen()))}, nil
	}
	if id := strings.ToUpper(text); len(id) == 26 && strings.Trim(id, crockford) == "" {
		return Ban{Session: id}, nil
	}
	return Ban{}, Fail(BadRequest, "that is neither the id of a session nor an address such as 203.0.113.9 nor a network such as 203.0.113.0/24")
}

// network is a network as visitors are looked up by: see clientip.Network.
func network(p netip.Prefix) netip.Prefix {
	switch a := p.Addr(); {
	case a.Is4In6() && p.Bits() >= 96:
		p = netip.PrefixFrom(a.Unmap(), p.Bits()-96)
	case a.Is6():
		p = netip.PrefixFrom(a, min(p.Bits(), 64))
	}
	return p.Masked()
}

// Ban bans. Until and Reason count of b besides whom it is of, and it takes the place of an earlier
// ban of the same. The banned are told to doors as a [Lockout] and lose their seats, and it returns
// when they have. It fails as Check does.
func (h *House) Ban(ctx context.Context, b Ban) (Ban, error) {
	b.Created, b.Network = now(), network(b.Network)
	if err := b.Check(); err != nil {
		return Ban{}, err
	}
	ctx = context.WithoutCancel(ctx)
	b, err := h.store.AddBan(ctx, b, func(b Ban) { h.bans.set(b) })
	if err != nil {
		return Ban{}, storeError("keep the ban", err)
	}
	for _, fn := range h.offenders.listening() {
		fn(b.Lockout())
	}
	h.unseat(ctx, b.Lockout())
	return b, nil
}

// Check fails with BadRequest for a ban that can't be meant: of this machine, of half the internet.
func (b Ban) Check() error {
	switch n := b.Network; {
	case (b.Session == "") == !n.IsValid():
		return Fail(BadRequest, "a ban is of a session or of a network")
	case b.over(time.Now()):
		return Fail(BadRequest, "the ban would be over already")
	case len(b.Reason) > reasonMost || strings.ContainsFunc(b.Reason, unicode.IsControl):
		return Fail(BadRequest, "a reason is one line of at most 200 bytes")
	case b.Session != "":
	case n.Addr().Is4() && n.Bits() < widest4, n.Addr().Is6() && n.Bits() < widest6:
		return Fail(BadRequest, "that network is too large to be meant: a /16 at most, of IPv6 a /32")
	case n.Overlaps(netip.MustParsePrefix("127.0.0.0/8")), n.Contains(netip.IPv6Loopback()), n.Addr().IsUnspecified():
		return Fail(BadRequest, "that is this machine itself")
	}
	return nil
}

// Bans lists the bans in force, the oldest first.
func (h *House) Bans() []Ban { return h.bans.list(time.Now()) }

// LiftBan ends a ban. It fails with NotFound when there is none with that ID.
func (h *House) LiftBan(ctx context.Context, id int64) error {
	err := h.store.LiftBan(context.WithoutCancel(ctx), id, func() { h.bans.drop(id) })
	if errors.Is(err, ErrNotFound) {
		return Fail(NotFound, "there is no such ban")
	}
	if err != nil {
		return storeError("lift the ban", err)
	}
	return nil
}

func (h *House) removeBans(ctx context.Context) error {
	now := time.Now()
	if err := h.store.RemoveBans(ctx, now); err != nil {
		return err
	}
	h.bans.sweep(now)
	return h.sweepRoomBans(ctx, now)
}
