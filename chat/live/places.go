package live

import (
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/internal/clientip"
)

const (
	// retry is when one of the connections of a visitor or an address may have gone.
	retry = 5 * time.Second
	// farewell is how long a connection stays that is told why it has to go.
	farewell = time.Second
)

// places are the connections that there are, each one once from its handshake to its end.
//
// A few more than the limits allow get in: they are told in a connect_error, which a page can show,
// and go. Beyond those, a handshake is refused.
type places struct {
	network, site, session, all int // limits; negative = none

	mu       sync.Mutex
	count    int                            // guarded by mu
	sites    map[string]int                 // guarded by mu; of IPv6
	networks map[string]map[*place]struct{} // guarded by mu
	sessions map[string]map[*place]struct{} // guarded by mu
}

// A place is one connection's.
type place struct {
	places     *places
	from, site string // site is "" where it is the network

	session string       // guarded by places.mu; "" until it is known
	who     chat.Visitor // guarded by places.mu; so too
	end     func()       // ends the connection; guarded by places.mu, nil before there is one
	// guarded by places.mu; the connection has to end, also when it comes later
	over bool
	left bool // guarded by places.mu

	out   atomic.Bool // its visitor is locked out
	going atomic.Bool
}

func newPlaces(l chat.Limits) *places {
	p := &places{network: l.SocketsPerAddress, site: -1, session: l.SocketsPerIdentity, all: l.Sockets,
		sites: map[string]int{}, networks: map[string]map[*place]struct{}{}, sessions: map[string]map[*place]struct{}{}}
	if l.SocketsPerAddress >= 0 && l.AddressesPerSite >= 0 {
		p.site = l.SocketsPerAddress * l.AddressesPerSite
	}
	return p
}

// spare is how many connections beyond a limit may be there to be told.
func spare(limit int) int { return max(10, limit/20) }

// enter takes a place for a connection from a network. Without one it fails. With one, told may say
// that the connection is beyond a limit.
func (p *places) enter(from string) (pl *place, told, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if over := p.over(p.count, p.all); over > 0 {
		told = tooMany(chat.Unavailable, "sockets", p.all)
		if over > spare(p.all) {
			return nil, nil, told
		}
	}
	if over := p.over(len(p.networks[from]), p.network); over > 0 {
		told = tooMany(chat.RateLimited, "sockets-per-address", p.network)
		if over > spare(p.network) {
			return nil, nil, told
		}
	}
	pl = &place{places: p, from: from}
	if site := clientip.Site(from); site != from {
		if p.over(p.sites[site], p.site) > 0 {
			return nil, nil, tooMany(chat.RateLimited, "sockets-per-address", p.network)
		}
		p.sites[site]++
		pl.site = site
	}
	p.count++
	add(p.networks, from, pl)
	return pl, told, nil
}

// over is by how many one more is too many.
func (p *places) over(count, limit int) int {
	if limit < 0 {
		return 0
	}
	return count + 1 - limit
}

func tooMany(code chat.Code, limit string, n int) error {
	return &chat.Error{Code: code, Message: "too many connections", Limit: limit, N: n, Retryable: true, RetryAfter: retry}
}

// ofAddress tells the limit of an address from that of the server.
func ofAddress(full error) bool {
	e, ok := errors.AsType[*chat.Error](full)
	return ok && e.Limit == "sockets-per-address"
}

// named says whose connection it is, and returns the same two errors as enter.
func (pl *place) named(who chat.Visitor) (told, err error) {
	session, p := who.ID, pl.places
	p.mu.Lock()
	defer p.mu.Unlock()
	if over := p.over(len(p.sessions[session]), p.session); over > 0 {
		told = tooMany(chat.RateLimited, "sockets-per-identity", p.session)
		if over > spare(p.session) {
			return nil, told
		}
	}
	pl.session, pl.who = session, who
	add(p.sessions, session, pl)
	return told, nil
}

// first reports whether this is its visitor's only connection and gets the place of somebody's
// second one at the same address, which ends: where an address is full, everybody comes in before
// anybody comes in twice.
func (pl *place) first() bool {
	p := pl.places
	p.mu.Lock()
	var second *place
	if len(p.sessions[pl.session]) == 1 {
		for other := range p.networks[pl.from] {
			if other != pl && !other.going.Load() && p.staying(other.session) > 1 {
				second = other
				break
			}
		}
	}
	p.mu.Unlock()
	if second == nil {
		return false
	}
	second.goes()
	return true
}

// staying counts the connections of a session that don't end; mu is held.
func (p *places) staying(session string) (n int) {
	for pl := range p.sessions[session] {
		if !pl.going.Load() {
			n++
		}
	}
	return n
}

// keep gives the place to a connection: from here on its end leaves it.
func (pl *place) keep(end func()) {
	p := pl.places
	p.mu.Lock()
	pl.end = end
	over := pl.over
	p.mu.Unlock()
	if over {
		end()
	}
}

// abandon leaves the place unless a connection has it.
func (pl *place) abandon() {
	p := pl.places
	p.mu.Lock()
	kept := pl.end != nil
	p.mu.Unlock()
	if !kept {
		pl.leave()
	}
}

// leave gives the place back. It may be called more than once.
func (pl *place) leave() {
	p := pl.places
	p.mu.Lock()
	defer p.mu.Unlock()
	if pl.left {
		return
	}
	pl.left = true
	p.count--
	if pl.site != "" {
		if p.sites[pl.site]--; p.sites[pl.site] == 0 {
			delete(p.sites, pl.site)
		}
	}
	remove(p.networks, pl.from, pl)
	remove(p.sessions, pl.session, pl)
}

func add(all map[string]map[*place]struct{}, key string, pl *place) {
	if key == "" {
		return
	}
	if all[key] == nil {
		all[key] = make(map[*place]struct{}, 1)
	}
	all[key][pl] = struct{}{}
}

func remove(all map[string]map[*place]struct{}, key string, pl *place) {
	delete(all[key], pl)
	if len(all[key]) == 0 {
		delete(all, key)
	}
}

// goes ends the connection, in a moment, so that what it is told now arrives.
func (pl *place) goes() {
	if !pl.going.Swap(true) {
		time.AfterFunc(farewell, pl.close)
	}
}

func (pl *place) close() {
	p := pl.places
	p.mu.Lock()
	pl.over = true
	end := pl.end
	p.mu.Unlock()
	if end != nil {
		end()
	}
}

// lockOut lets all connections go that a lockout is about. Of a ban nobody has to be told on a
// connection: the next handshake says it.
func (p *places) lockOut(l chat.Lockout) {
	for _, pl := range p.those(l) {
		pl.out.Store(true)
		if l.Ban {
			pl.going.Store(true)
			pl.close()
		} else {
			pl.goes()
		}
	}
}

// end ends the connections of a session, of a device, or of a token. Nobody has to be told: the
// next handshake says it.
func (p *places) end(e chat.Ending) {
	var gone []*place
	p.mu.Lock()
	for pl := range p.sessions[e.Session] {
		if e.Of(pl.who) {
			gone = append(gone, pl)
		}
	}
	p.mu.Unlock()
	for _, pl := range gone {
		pl.going.Store(true)
		pl.close()
	}
}

// those are the places that a lockout is about.
func (p *places) those(l chat.Lockout) (those []*place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !l.Network.IsValid() {
		return slices.Collect(maps.Keys(p.sessions[l.Session]))
	}
	for from, all := range p.networks {
		if l.Of("", from) {
			those = slices.AppendSeq(those, maps.Keys(all))
		}
	}
	return those
}
