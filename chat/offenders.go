package chat

import (
	"errors"
	"log/slog"
	"maps"
	"net/netip"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

// Lockout tells who is locked out: a session, or a network, which only bans are of.
type Lockout struct {
	Session string
	Network netip.Prefix
	Until   time.Time // zero = for good
	Ban     bool      // the operator's: it waits for nothing that is on its way
}

// Of tells whether the lockout is one of a session at a network, as a [Visitor] has them.
func (l Lockout) Of(session, from string) bool {
	return l.Session != "" && l.Session == session || l.Network.IsValid() && covers(l.Network, from)
}

// A kind of refusal is worth a line in the log when there are warnAfter in a minute, or warnHonest
// where who is refused can't help it, and then not again for warnPause: what anybody can cause must
// not fill the log.
const (
	warnAfter  = 100
	warnHonest = 20
	warnPause  = 10 * time.Minute
)

// offenders counts refusals and locks out who gets too many. A visitor answers for its own. An
// address answers for those of all its visitors and for requests without one; while it is locked
// out nobody new gets in, and those who are known go on.
type offenders struct {
	limits   Limits
	log      *slog.Logger
	observer *Observer

	mu       sync.Mutex
	sessions offenderSet       // guarded by mu
	networks offenderSet       // guarded by mu
	kinds    map[string]*tally // guarded by mu; by limit
	heard    []func(Lockout)   // guarded by mu
	out      lockouts          // guarded by mu
}

type offender struct {
	refusals    tally
	since, till time.Time            // locked out
	back        map[string]time.Time // when it was told to come back, by limit
}

// tally counts within a window that begins with its first count.
type tally struct {
	since time.Time
	n     int
	told  time.Time // last line in the log
}

func (t *tally) add(now time.Time, window time.Duration) int {
	if now.Sub(t.since) >= window {
		t.since, t.n = now, 0
	}
	t.n++
	return t.n
}

func newOffenders(l Limits, log *slog.Logger, o *Observer) *offenders {
	return &offenders{limits: l, log: log, observer: o, sessions: newOffenderSet(), networks: newOffenderSet(), kinds: map[string]*tally{}}
}

// Refused counts an answer that told a visitor of a limit; other errors are ignored. Doors call it
// for each of their answers. It fails with LockedOut when this was one too many.
func (h *House) Refused(who Visitor, err error) error { return h.offenders.refused(who, err) }

// LockedOut fails with LockedOut while the visitor is locked out, or its address is and the visitor
// is nobody or was made since. It fails with Banned while either is banned.
func (h *House) LockedOut(who Visitor) error {
	if err := h.bans.check(who); err != nil {
		return err
	}
	return h.offenders.check(who)
}

// OnLockout calls fn with each lockout of a session and each ban, in the goroutine of who caused
// it. It is for setting up.
func (h *House) OnLockout(fn func(Lockout)) {
	h.offenders.mu.Lock()
	defer h.offenders.mu.Unlock()
	h.offenders.heard = append(h.offenders.heard, fn)
}

func (o *offenders) check(who Visitor) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.lockedOut(who, time.Now())
}

// lockedOut needs mu.
func (o *offenders) lockedOut(who Visitor, now time.Time) error {
	if s := o.sessions.all[who.ID]; s != nil && now.Before(s.till) {
		return lockedOut("offences", o.limits.Offences, s.till.Sub(now))
	}
	if n := o.networks.all[who.From]; n != nil && now.Before(n.till) && !madeBefore(who.ID, n.since) {
		return lockedOut("offences-per-address", o.limits.OffencesPerAddress, n.till.Sub(now))
	}
	return nil
}

func lockedOut(limit string, n int, wait time.Duration) error {
	return &Error{Code: LockedOut, Message: "locked out", Limit: limit, N: n, Retryable: true, RetryAfter: wait}
}

func (o *offenders) refused(who Visitor, err error) error {
	e, ok := errors.AsType[*Error](err)
	if ok && e.Code == Banned {
		o.observer.refused(RefusedBan)
	}
	if !ok || e.Limit == "" {
		return nil
	}
	o.observer.refused(e.Limit)
	switch e.Code {
	case RateLimited, TooManyRooms, ServerFull, NoSpace, Unavailable:
	default: // what was asked for doesn't fit, or the lockout itself
		return nil
	}
	now := time.Now()
	o.mu.Lock()
	locked, lockedAddress := o.count(who, e, now)
	o.out.add(locked, lockedAddress, now.Add(o.limits.Lockout), now)
	least := warnAfter
	if !blames(e) { // honest people meet it
		least = warnHonest
	}
	warn := o.worthALine(e.Limit, least, now)
	warnLocked := locked && o.worthALine("offences", 1, now)
	warnAddress := lockedAddress && o.worthALine("offences-per-address", 1, now)
	err = o.lockedOut(who, now)
	heard := o.heard
	o.mu.Unlock()

	address := clientip.Shown(who.From)
	if warn {
		o.log.Warn("a limit refuses many requests", "limit", e.Limit, "refusals", least, "address", address)
	}
	if warnLocked {
		o.log.Warn("locked out for too many refusals", "for", o.limits.Lockout, "address", address)
	}
	if warnAddress {
		o.log.Warn("an address gets no newcomers for too many refusals", "for", o.limits.Lockout, "address", address)
	}
	o.observer.lockedOut(locked, lockedAddress)
	if locked {
		for _, fn := range heard {
			fn(Lockout{Session: who.ID, Until: now.Add(o.limits.Lockout)})
		}
	}
	return err
}

// listening are those who hear of lockouts.
func (o *offenders) listening() []func(Lockout) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.heard
}

// count adds a refusal and says whether it locks out the session and the address; mu is held.
func (o *offenders) count(who Visitor, e *Error, now time.Time) (session, address bool) {
	if !blames(e) {
		return false, false
	}
	if who.ID != "" && o.limits.Offences >= 0 {
		s := o.sessions.get(who.ID, now, o.limits.OffenceWindow)
		if s.obeyed(e, now) {
			return false, false
		}
		session = s.offend(now, o.limits.Offences, o.limits)
	}
	if who.From != "" && o.limits.OffencesPerAddress >= 0 {
		n := o.networks.get(who.From, now, o.limits.OffenceWindow)
		address = n.offend(now, o.limits.OffencesPerAddress, o.limits)
	}
	return session, address
}

// blames tells whether who is refused could have known better. Where the server is full, or others
// fill a room or an address's connections, it couldn't.
func blames(e *Error) bool {
	switch e.Limit {
	case "room-per-second", "room-joins-per-minute", "sockets-per-address", "address-uploads-at-once":
		return false
	}
	return e.Code == RateLimited || e.Code == TooManyRooms
}

// obeyed tells whether the one who is refused came when it was told to, and remembers what it is
// told now. Others at the same address may have been faster.
func (o *offender) obeyed(e *Error, now time.Time) bool {
	told := o.back[e.Limit]
	back := now.Add(e.RetryAfter / 10 * 9) // clocks aren't the same
	if e.RetryAfter > 0 && back.After(told) {
		if o.back == nil {
			o.back = map[string]time.Time{}
		}
		o.back[e.Limit] = back
	}
	return !told.IsZero() && !now.Before(told)
}

// offend counts, and says whether this was one too many. Who is locked out isn't counted.
func (o *offender) offend(now time.Time, most int, l Limits) bool {
	if now.Before(o.till) || o.refusals.add(now, l.OffenceWindow) < most {
		return false
	}
	o.refusals = tally{}
	o.since, o.till = now, now.Add(l.Lockout)
	return true
}

// idle tells whether nothing of the offender matters any more.
func (o *offender) idle(now time.Time, window time.Duration) bool {
	for _, back := range o.back {
		if now.Sub(back) < window {
			return false
		}
	}
	return now.Sub(o.refusals.since) >= window && !now.Before(o.till)
}

// worthALine counts a refusal of a kind, of which at least so many in a minute are worth a line; mu
// is held.
func (o *offenders) worthALine(limit string, least int, now time.Time) bool {
	k := o.kinds[limit]
	if k == nil {
		k = &tally{}
		o.kinds[limit] = k
	}
	if k.add(now, time.Minute) < least || now.Sub(k.told) < warnPause {
		return false
	}
	k.told = now
	return true
}

// offenderSet are sessions or addresses. Those of the past are forgotten when there are prune.
type offenderSet struct {
	all   map[string]*offender
	prune int
}

func newOffenderSet() offenderSet { return offenderSet{map[string]*offender{}, pruneLeast} }

// get finds who is counted, or begins to count.
func (s *offenderSet) get(key string, now time.Time, window time.Duration) *offender {
	one := s.all[key]
	if one == nil {
		if len(s.all) >= s.prune {
			maps.DeleteFunc(s.all, func(_ string, o *offender) bool { return o.idle(now, window) })
			s.prune = max(pruneLeast, 2*len(s.all))
		}
		one = &offender{}
		s.all[key] = one
	}
	return one
}
