package chat

import (
	"errors"
	"math"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

// rates are the limits on how often and how much. They are in memory: a restart forgets them. A
// call that several of them concern is taken from each of them or from none.
type rates struct {
	site float64 // addresses whose limits a site has together; negative = any number

	mu sync.Mutex // guards the buckets of each

	sends        rate // by session
	addressSends rate
	roomSends    rate // by room
	roomCalm     rate // by room; for the calm, when roomSends is used up
	tried        rate // by session; who has tried to send isn't calm until it is full
	addressText  rate // bytes
	joins        rate // by session
	addressJoins rate
	roomJoins    rate // by room
	history      rate // by session
	searches     rate // by session
	exports      rate // by session
	reports      rate // by session
	acts         rate // by session; deletions and what those in charge do
	reads        rate // by address
	lists        rate // by session
	sessions     rate // by address
	line         rate // by address; newcomers that were told to come again
	requests     rate // by address
	events       rate // by address
	handshakes   rate // by address
	creates      rate // by address
	createDay    rate // by address
	nicks        rate // by session
	addressNicks rate
	tags         rate // by session
	addressTags  rate
	linking      rate // by session
	linkTries    rate // by address; wrong ones
	changes      rate // by session
	guesses      rate // wrong ones; by room and session
	addressTries rate // wrong ones too
	uploads      rate // by session
	day          rate // bytes; by session
	addressDay   rate // bytes
}

// rate is a bucket of tokens per key.
type rate struct {
	limit     string        // its name
	told      int           // its value, for errors
	perSecond float64       // tokens that come back; negative = no limit
	burst     float64       // tokens of a full bucket
	least     time.Duration // the shortest time that a refusal tells to wait

	full  map[string]time.Time // when a bucket will be full again; absent = it is
	prune int                  // buckets at which full ones are dropped
}

const pruneLeast = 1024

const (
	// crowd is how long who is refused for what many do together waits at least: at the moment that
	// a token is there again, all others are back too.
	crowd = time.Second
	// queue is the same for newcomers, and queueMost the longest that one is told to wait in line.
	queue     = 5 * time.Second
	queueMost = 2 * time.Minute

	// calmPart is the part of a room's rate that is kept, on top, for the calm: those who haven't
	// tried to send for calmAfter. Who keeps trying would have all of it.
	calmPart  = 0.2
	calmAfter = crowd

	// forever is the longest that a bucket takes to be full again, so that no time overflows.
	forever = 100 * 365 * 24 * time.Hour
)

func newRates(l Limits) *rates {
	perSecond := func(n float64) float64 { return max(1, math.Floor(n)) }
	r := &rates{site: float64(l.AddressesPerSite)}
	set := func(k *rate, limit string, told int, perSecond, burst float64) {
		if perSecond >= 0 && burst >= 0 {
			perSecond = max(perSecond, burst/forever.Seconds())
		}
		*k = rate{limit: limit, told: told, perSecond: perSecond, burst: burst,
			full: map[string]time.Time{}, prune: pruneLeast}
	}
	second := func(k *rate, limit string, n float64) { set(k, limit, int(n), n, perSecond(n)) }
	double := func(k *rate, limit string, n float64) { set(k, limit, int(n), n, 2*n) } // at once
	minute := func(k *rate, limit string, n float64) { set(k, limit, int(n), n/60, perSecond(n)) }
	window := func(k *rate, limit string, n int, d time.Duration) {
		set(k, limit, n, float64(n)/d.Seconds(), float64(n))
	}
	day := func(k *rate, limit string, n Bytes) {
		set(k, limit, n.mega(), float64(n)/(24*time.Hour).Seconds(), float64(n))
	}
	set(&r.sends, "send-per-second", int(l.SendPerSecond), l.SendPerSecond, float64(l.SendBurst))
	second(&r.addressSends, "address-sends-per-second", l.AddressSendsPerSecond)
	second(&r.roomSends, "room-per-second", l.RoomPerSecond)
	second(&r.roomCalm, "room-per-second", l.RoomPerSecond)
	r.roomCalm.perSecond *= calmPart
	r.roomCalm.burst = max(1, math.Floor(r.roomCalm.burst*calmPart))
	minute(&r.line, "", l.SessionsPerMinute)
	set(&r.tried, "", 0, 1/calmAfter.Seconds(), 1)
	day(&r.addressText, "address-text-day", l.AddressTextDay)
	minute(&r.addressJoins, "address-joins-per-minute", l.AddressJoinsPerMinute)
	minute(&r.roomJoins, "room-joins-per-minute", l.RoomJoinsPerMinute)
	minute(&r.joins, "joins-per-minute", l.JoinsPerMinute)
	second(&r.history, "history-per-second", l.HistoryPerSecond)
	set(&r.searches, "searches-per-second", int(l.SearchesPerSecond), l.SearchesPerSecond, float64(l.SearchBurst))
	window(&r.exports, "exports", l.Exports, l.ExportWindow)
	minute(&r.reports, "reports-per-minute", l.ReportsPerMinute)
	double(&r.acts, "acts-per-second", l.ActsPerSecond)
	second(&r.lists, "lists-per-second", l.ListsPerSecond)
	double(&r.requests, "requests-per-second", l.RequestsPerSecond)
	double(&r.reads, "address-reads-per-second", l.AddressReadsPerSecond)
	double(&r.events, "address-events-per-second", l.AddressEventsPerSecond)
	second(&r.handshakes, "handshakes-per-second", l.HandshakesPerSecond)
	minute(&r.sessions, "sessions-per-minute", l.SessionsPerMinute)
	window(&r.creates, "creates-per-address", l.CreatesPerAddress, l.CreateWindow)
	window(&r.createDay, "address-room-day", l.AddressRoomDay, 24*time.Hour)
	window(&r.nicks, "nick-changes", l.NickChanges, l.NickWindow)
	window(&r.addressNicks, "nick-changes-per-address", l.NickChangesPerAddress, l.NickWindow)
	minute(&r.changes, "changes-per-minute", l.ChangesPerMinute)
	window(&r.tags, "tag-changes", l.TagChanges, l.NickWindow)
	window(&r.addressTags, "tag-changes-per-address", l.TagChangesPerAddress, l.NickWindow)
	window(&r.linking, "links", l.Links, l.NickWindow)
	window(&r.linkTries, "link-tries-per-address", l.LinkTriesPerAddress, l.NickWindow)
	window(&r.guesses, "guesses", l.Guesses, l.GuessWindow)
	window(&r.addressTries, "guesses-per-address", l.GuessesPerAddress, l.GuessWindow)
	minute(&r.uploads, "uploads-per-minute", l.UploadsPerMinute)
	day(&r.day, "upload-day", l.UploadDay)
	day(&r.addressDay, "address-upload-day", l.AddressUploadDay)
	for _, k := range []*rate{&r.addressSends, &r.roomSends, &r.roomCalm, &r.addressText, &r.addressJoins, &r.roomJoins,
		&r.requests, &r.reads, &r.events, &r.handshakes, &r.creates, &r.createDay, &r.addressNicks, &r.addressTags, &r.linkTries, &r.addressTries, &r.addressDay} {
		k.least = crowd
	}
	r.sessions.least = queue
	return r
}

// charge is what a call takes of one bucket.
type charge struct {
	rate *rate
	key  string
	n    float64
	wide float64 // how many times larger than the rate's the bucket is
}

func one(k *rate, key string) charge { return charge{k, key, 1, 1} }

// address is what a call takes of an address, none without one. Who has an IPv6 site has 65,536
// addresses, so the site has a bucket too.
func (r *rates) address(k *rate, from string, n float64) []charge {
	if from == "" {
		return nil
	}
	all := []charge{{k, from, n, 1}}
	if site := clientip.Site(from); site != from && r.site >= 0 {
		all = append(all, charge{k, site, n, r.site})
	}
	return all
}

// visitor is what a call that reads takes of a visitor and its address, or of the address like a
// visitor when that isn't known.
func (r *rates) visitor(k *rate, who Visitor) []charge {
	if who.ID == "" {
		return r.address(k, who.From, 1)
	}
	return append(r.address(&r.reads, who.From, 1), one(k, who.ID))
}

// send takes a message of so many bytes. When the room is full of others' messages, who is calm has
// its own place there.
func (r *rates) send(who Visitor, room string, bytes int) error {
	own := append(r.address(&r.addressSends, who.From, 1), r.address(&r.addressText, who.From, float64(bytes))...)
	own = append(own, one(&r.sends, who.ID))
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	in := one(&r.roomSends, room)
	if in.wait(now) > 0 && !now.Before(r.tried.full[who.ID]) {
		in.rate = &r.roomCalm
	}
	r.tried.fill(who.ID, now.Add(calmAfter), now)
	return takeNow(append(own, in), now)
}

// newcomer takes a session. Those who are refused are told different times, one after another, so
// that a crowd doesn't come back as one.
func (r *rates) newcomer(from string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	err := takeNow(r.address(&r.sessions, from, 1), now)
	if e, ok := errors.AsType[*Error](err); ok {
		wait := r.line.full[from].Sub(now)
		e.RetryAfter = max(e.RetryAfter, min(wait, queueMost))
		if wait < queueMost {
			one(&r.line, from).add(1, now)
		}
	}
	return err
}

// take takes all charges. When there is too little for one of them it takes none and fails with the
// limit that will last longest.
func (r *rates) take(charges ...charge) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return takeNow(charges, time.Now())
}

func takeNow(charges []charge, now time.Time) error {
	if err := exceeded(charges, now); err != nil {
		return err
	}
	for _, c := range charges {
		c.add(c.n, now)
	}
	return nil
}

// check fails as take does and takes nothing.
func (r *rates) check(charges ...charge) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return exceeded(charges, time.Now())
}

// giveBack undoes a take, but for what was spent of each charge.
func (r *rates) giveBack(spent float64, charges ...charge) {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := time.Now()
	for _, c := range charges {
		c.add(spent-c.n, now)
	}
}

func exceeded(charges []charge, now time.Time) error {
	var longest time.Duration
	var of *rate
	for _, c := range charges {
		if wait := c.wait(now); wait > longest {
			longest, of = wait, c.rate
		}
	}
	if of == nil {
		return nil
	}
	return tooFast(of.limit, of.told, max(longest, of.least))
}
