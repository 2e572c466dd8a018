package chat

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

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
	if t == nil {
		return nil
	}
	if _, ok := t.of(who, time.Now()); ok {
		return Fail(Banned, "banned")
	}
	return nil
}

// of is until when a ban of who lasts that is in force.
func (t *banTable) of(who Visitor, now time.Time) (until time.Time, ok bool) {
	if until, ok := t.sessions[who.ID]; ok && (until.IsZero() || now.Before(until)) {
		return until, true
	}
	if len(t.networks) == 0 {
		return time.Time{}, false
	}
	a, ok := addressOf(who.From)
	if !ok {
		return time.Time{}, false
	}
	for _, bits := range t.bits {
		p, err := a.Prefix(bits)
		if err != nil { // of IPv6
			continue
		}
		if until, ok := t.networks[p]; ok && (until.IsZero() || now.Before(until)) {
			return until, true
		}
	}
	return time.Time{}, false
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
	b.table.Store(newBanTable(maps.Values(b.all)))
}

// newBanTable holds bans, of which there is one for each session and network, or the one that lasts
// longest counts.
func newBanTable(all iter.Seq[Ban]) *banTable {
	t := &banTable{sessions: map[string]time.Time{}, networks: map[netip.Prefix]time.Time{}}
	for n := range all {
		if n.Session != "" {
			t.sessions[n.Session] = n.Until
			continue
		}
		if until, ok := t.networks[n.Network]; !ok || n.Until.IsZero() || !until.IsZero() && until.Before(n.Until) {
			t.networks[n.Network] = n.Until
		}
		if !slices.Contains(t.bits, n.Network.Bits()) {
			t.bits = append(t.bits, n.Network.Bits())
		}
	}
	return t
}

func (b *bans) list(now time.Time) []Ban {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := slices.SortedFunc(maps.Values(b.all), func(x, y Ban) int { return cmp.Compare(x.ID, y.ID) })
	return slices.DeleteFunc(all, func(n Ban) bool { return n.over(now) })
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
