package chat

import (
	"context"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		return Ban{Network: network(p)}, nil
	}
	if a, err := netip.ParseAddr(text); err == nil {
		a = a.Unmap().WithZone("")
		return Ban{Network: network(netip.PrefixFrom(a, a.BitLen()))}, nil
	}
	if id := strings.ToUpper(text); len(id) == 26 && strings.Trim(id, crockford) == "" {
		return Ban{Session: id}, nil
	}
	return Ban{}, Fail(BadRequest, "that is neither the id of a session nor an address such as 203.0.113.9 nor a network such as 203.0.113.0/24")
}

func network(p netip.Prefix) netip.Prefix {
	if p.Addr().Is6() {
		p = netip.PrefixFrom(p.Addr(), min(p.Bits(), 64))
	}
	return p.Masked()
}

// covers tells whether a network that limits count, as clientip.Network names it, is in p.
func covers(p netip.Prefix, from string) bool {
	a, ok := addressOf(from)
	return ok && p.Contains(a)
}

// addressOf is an address of such a network, of which there are no smaller ones.
func addressOf(from string) (netip.Addr, bool) {
	from, _, _ = strings.Cut(from, "/")
	a, err := netip.ParseAddr(from)
	return a, err == nil
}

// Ban bans. Until and Reason count of b besides whom it is of, and it takes the place of an earlier
// ban of the same. The banned are told to doors as a [Lockout] and lose their seats, and it returns
// when they have. It fails as Check does.
func (h *House) Ban(ctx context.Context, b Ban) (Ban, error) {
	b.Created = now()
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
	return nil
}

// unseat frees the seats of those who are banned. Who shares a seat from elsewhere keeps it.
func (h *House) unseat(ctx context.Context, l Lockout) {
	h.mu.RLock()
	rooms := slices.Collect(maps.Values(h.rooms))
	h.mu.RUnlock()
	var exits sync.WaitGroup // together they share a commit
	for _, r := range rooms {
		for {
			free, moving := r.banned(l)
			for _, s := range free { // before any wait: another ban may wait for them
				exits.Go(func() {
					if err := h.exit(ctx, r, s); err != nil { // the seat is free all the same
						h.failed(ctx, "exit", "exit line not kept", "room", r.id, "error", err)
					}
				})
			}
			if moving == nil {
				break
			}
			<-moving
		}
	}
	exits.Wait()
}

// banned takes the connections of the banned from their seats. It returns the seats whose exits the
// caller has to keep and, when some are being taken or freed by others, what to wait for before
// asking again.
func (r *room) banned(l Lockout) (free []*seat, moving <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, nil
	}
	for _, s := range r.seats {
		switch {
		case !s.loseBanned(l):
		case s.moving != nil:
			moving = s.moving
		default:
			r.free(s)
			free = append(free, s)
		}
	}
	return free, moving
}

// loseBanned takes the connections that are banned from a seat, and tells whether the seat is banned
// with them; the room's mu is held.
func (s *seat) loseBanned(l Lockout) bool {
	id := s.member.ID
	if len(s.conns) == 0 {
		return l.Of(id, s.last)
	}
	for conn, from := range s.conns {
		if l.Of(id, from) {
			s.lose(conn)
		}
	}
	return len(s.conns) == 0
}

// bans are those in force, in a form that costs a request next to nothing.
type bans struct {
	mu    sync.Mutex
	all   map[int64]Ban // guarded by mu
	table atomic.Pointer[banTable]
}

// banTable is never changed.
type banTable struct {
	sessions map[string]time.Time // until; zero = for good
	networks map[netip.Prefix]time.Time
	bits     []int // of networks
}

// check fails with Banned.
func (b *bans) check(who Visitor) error {
	t := b.table.Load()
	if t == nil || !t.has(who, time.Now()) {
		return nil
	}
	return Fail(Banned, "banned")
}

func (t *banTable) has(who Visitor, now time.Time) bool {
	if until, ok := t.sessions[who.ID]; ok && (until.IsZero() || now.Before(until)) {
		return true
	}
	if len(t.networks) == 0 {
		return false
	}
	a, ok := addressOf(who.From)
	if !ok {
		return false
	}
	for _, bits := range t.bits {
		p, err := a.Prefix(bits)
		if err != nil { // of IPv6
			continue
		}
		if until, ok := t.networks[p]; ok && (until.IsZero() || now.Before(until)) {
			return true
		}
	}
	return false
}

// set adds bans, each in place of the one of the same.
func (b *bans) set(more ...Ban) {
	b.change(func(all map[int64]Ban) {
		for _, n := range more {
			maps.DeleteFunc(all, func(_ int64, o Ban) bool { return o.Session == n.Session && o.Network == n.Network })
			all[n.ID] = n
		}
	})
}

func (b *bans) drop(id int64) { b.change(func(all map[int64]Ban) { delete(all, id) }) }

func (b *bans) sweep(now time.Time) {
	b.change(func(all map[int64]Ban) { maps.DeleteFunc(all, func(_ int64, o Ban) bool { return o.over(now) }) })
}

func (b *bans) change(f func(map[int64]Ban)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.all == nil {
		b.all = map[int64]Ban{}
	}
	f(b.all)
	if len(b.all) == 0 {
		b.table.Store(nil)
		return
	}
	t := &banTable{sessions: map[string]time.Time{}, networks: map[netip.Prefix]time.Time{}}
	for _, n := range b.all {
		if n.Session != "" {
			t.sessions[n.Session] = n.Until
			continue
		}
		t.networks[n.Network] = n.Until
		if !slices.Contains(t.bits, n.Network.Bits()) {
			t.bits = append(t.bits, n.Network.Bits())
		}
	}
	b.table.Store(t)
}

func (b *bans) list(now time.Time) []Ban {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.SortedFunc(maps.Values(b.all), func(x, y Ban) int { return int(x.ID - y.ID) })
	return slices.DeleteFunc(all, func(n Ban) bool { return n.over(now) })
}
