package chat

import (
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

// Lockout tells who is locked out: a session or, when Session is "", a network.
type Lockout struct {
	Session, From string
	Until         time.Time
}

// A kind of refusal is worth a line in the log when there are warnAfter in a minute, and then not
// again for warnPause: what anybody can cause must not fill the log.
const (
	warnAfter = 100
	warnPause = 10 * time.Minute
)

// offenders counts refusals and locks out who gets too many. Those of a visitor are its own, so
// that others at the same address needn't suffer; the address answers for requests without a
// visitor, and for its visitors that were locked out.
type offenders struct {
	limits Limits
	log    *slog.Logger

	mu       sync.Mutex
	sessions map[string]*offender // guarded by mu
	networks map[string]*offender // guarded by mu
	kinds    map[string]*tally    // guarded by mu; by limit
	heard    []func(Lockout)      // guarded by mu
}

type offender struct {
	refusals tally
	lockouts tally
	until    time.Time // locked out
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

func newOffenders(l Limits, log *slog.Logger) *offenders {
	return &offenders{limits: l, log: log, sessions: map[string]*offender{}, networks: map[string]*offender{},
		kinds: map[string]*tally{}}
}

// Refused counts an answer that told a visitor of a limit; other errors are ignored. Doors call it
// for each of their answers. It fails with LockedOut when this was one too many.
func (h *House) Refused(who Visitor, err error) error { return h.offenders.refused(who, err) }

// LockedOut fails with LockedOut while the visitor or its network is locked out.
func (h *House) LockedOut(who Visitor) error { return h.offenders.check(who) }

// OnLockout calls fn with each lockout, in the goroutine of who caused it. It is for setting up.
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
	var until time.Time
	for _, one := range []*offender{o.sessions[who.ID], o.networks[who.From]} {
		if one != nil && one.until.After(until) {
			until = one.until
		}
	}
	if wait := until.Sub(now); wait > 0 {
		return &Error{Code: LockedOut, Message: "locked out", Limit: "offences", N: o.limits.Offences,
			Retryable: true, RetryAfter: wait}
	}
	return nil
}

func (o *offenders) refused(who Visitor, err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Limit == "" || e.Code == LockedOut || o.limits.Offences < 0 {
		return nil
	}
	now := time.Now()
	o.mu.Lock()
	out, locked := o.count(who, now)
	warn := o.worthALine(e.Limit, now)
	warnLocked := locked && o.worthALine("offences", now)
	err = o.lockedOut(who, now)
	heard := o.heard
	o.mu.Unlock()

	if warn {
		o.log.Warn("a limit refuses many requests", "limit", e.Limit, "refusals", warnAfter, "address", clientip.Shown(who.From))
	}
	if warnLocked {
		o.log.Warn("locked out for too many refusals", "for", o.limits.Lockout, "address", clientip.Shown(who.From))
	}
	if locked {
		for _, fn := range heard {
			fn(out)
		}
	}
	return err
}

// count adds a refusal and says whom it locks out; mu is held.
func (o *offenders) count(who Visitor, now time.Time) (out Lockout, locked bool) {
	until := now.Add(o.limits.Lockout)
	if who.ID != "" {
		s := known(o.sessions, who.ID, now)
		if s.refusals.add(now, o.limits.OffenceWindow) != o.limits.Offences {
			return Lockout{}, false
		}
		s.until = until
		if who.From == "" || o.limits.LockoutsPerAddress < 0 {
			return Lockout{Session: who.ID, Until: until}, true
		}
		n := known(o.networks, who.From, now)
		if n.lockouts.add(now, o.limits.Lockout) < o.limits.LockoutsPerAddress {
			return Lockout{Session: who.ID, Until: until}, true
		}
		n.until = until
		return Lockout{From: who.From, Until: until}, true
	}
	if who.From == "" {
		return Lockout{}, false
	}
	n := known(o.networks, who.From, now)
	if n.refusals.add(now, o.limits.OffenceWindow) != o.limits.Offences {
		return Lockout{}, false
	}
	n.until = until
	return Lockout{From: who.From, Until: until}, true
}

// worthALine counts a refusal of a kind; mu is held.
func (o *offenders) worthALine(limit string, now time.Time) bool {
	k := o.kinds[limit]
	if k == nil {
		k = &tally{}
		o.kinds[limit] = k
	}
	least := warnAfter
	if limit == "offences" {
		least = 1
	}
	if k.add(now, time.Minute) < least || now.Sub(k.told) < warnPause {
		return false
	}
	k.told = now
	return true
}

// offendersLeast is the size at which those of the past are forgotten.
const offendersLeast = 4096

// known finds who is counted, or begins to count; the caller holds mu.
func known(all map[string]*offender, key string, now time.Time) *offender {
	one := all[key]
	if one == nil {
		if len(all) >= offendersLeast && len(all)&(len(all)-1) == 0 {
			for k, o := range all {
				if now.Sub(o.refusals.since) > time.Hour && now.After(o.until) {
					delete(all, k)
				}
			}
		}
		one = &offender{}
		all[key] = one
	}
	return one
}
