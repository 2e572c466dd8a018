package chat

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"sync"
	"time"
)

// room is a room's state in memory.
type room struct {
	id     string
	terms  *Terms // of the House
	stream stream

	mu      sync.Mutex
	rec     RoomRecord        // guarded by mu; its Count and Members aren't used
	turned  chan struct{}     // guarded by mu; closed when rec.LastRev grows, else nil
	*people                   // guarded by mu; nil while the room sleeps, see wake
	used    time.Time         // guarded by mu; when somebody went, or the people were asked for
	changes int               // guarded by mu; of what the store knows of members
	held    map[string]string // guarded by mu; sessions that have a seat by nickname, see alike
	seats   map[string]*seat  // guarded by mu; by session
	order   []*seat           // guarded by mu; taken seats, in the order they were
	grants  known             // guarded by mu; sessions that know the password
	proof   *[32]byte         // guarded by mu; of the password, once it was told; see hasher
	// guarded by mu; by session: until when those who were removed stay out, until they are back
	kicked  map[string]time.Time
	bans    map[string]RoomBan // guarded by mu; by session
	nets    *banTable          // guarded by mu; the networks of bans
	handing bool               // guarded by mu; its owner hands it over
	capped  int                // guarded by mu; seats at most while Max is changed; 0 = it isn't
	// guarded by mu; by session: when those last wrote whom the slow mode holds
	wrote    map[string]time.Time
	last     last      // guarded by mu; what was said last, zero = nobody knows
	media    int64     // guarded by mu; bytes of its images
	vouched  known     // guarded by mu; sessions that have proved their work
	arrivals arrivals  // guarded by mu; of newcomers
	warned   time.Time // guarded by mu; last EventCrowded
	closed   bool      // guarded by mu
	stuck    int       // guarded by mu; times that the store failed to remove it
	waits    int       // guarded by mu; changes and messages under way, which keep it
	idle     deadline  // guarded by mu; while there is no seat
	ending   deadline  // guarded by mu; while its owner closes it
	oldest   time.Time // guarded by mu; no message is older; zero = nobody knows
	told     time.Time // guarded by mu; last EventUpdated
	telling  bool      // guarded by mu; an EventUpdated is due
}

// seat is a place in a room. Its fields are guarded by the room's mu.
type seat struct {
	member *Member
	conns  map[string]string // connections that share the seat, and the networks they come from
	last   string            // network of the connection that went last
	since  time.Time         // when it was taken
	taken  bool              // its join is kept, its exit isn't
	moving chan struct{}     // until its join or exit is committed; nil = settled
	away   deadline          // while there is no connection
}

// deadline is a timer that may be set again and stopped; a firing that was under way then is told
// by passed.
type deadline struct {
	timer *time.Timer
	at    time.Time
	least time.Time // it doesn't pass before
}

func (d *deadline) set(h *House, wait time.Duration, fn func()) {
	d.stop()
	wait = max(wait, time.Until(d.least))
	d.at = time.Now().Add(wait)
	d.timer = h.after(wait, fn)
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
	}
	*d = deadline{least: d.least}
}

func (d *deadline) passed() bool { return d.timer != nil && !time.Now().Before(d.at) }

// announce puts a change that was committed into the stream. It needs mu; the store calls in commit
// order.
func (r *room) announce(kind EventKind, m *Message) {
	r.rec.LastRev = m.Rev
	if r.turned != nil {
		close(r.turned)
		r.turned = nil
	}
	r.stream.put(item{event: Event{Kind: kind, Room: r.view(), Message: m}})
}

// end marks the room as closed; it needs mu.
func (r *room) end() {
	r.closed = true
	if r.turned != nil {
		close(r.turned)
		r.turned = nil
	}
}

// reach waits until the stream has the change rev, which may be committed already and not announced
// yet.
func (r *room) reach(ctx context.Context, rev int64) error {
	for {
		r.mu.Lock()
		if r.closed || r.rec.LastRev >= rev {
			r.mu.Unlock()
			return nil
		}
		if r.turned == nil {
			r.turned = make(chan struct{})
		}
		turned := r.turned
		r.mu.Unlock()
		select {
		case <-turned:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

func (h *House) newRoom(rec RoomRecord) *room {
	r := &room{id: rec.ID, terms: &h.terms, rec: rec}
	r.stream.queue.Go = h.start
	r.stream.every = &h.every
	r.rec.Members, r.rec.Since = nil, nil
	return r
}

// restoredGrace is how long rooms are kept that a restored database brought back, whoever comes and
// goes: their people don't know yet.
const restoredGrace = 24 * time.Hour

// restore makes a room of what an earlier process kept. Who had a seat keeps it for a while.
func (h *House) restore(rec RoomRecord, media int64, bans []RoomBan) *room {
	r := h.newRoom(rec)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.media = media
	if len(rec.Members) > 0 {
		h.meet(r, rec.Members)
	}
	for _, b := range bans {
		r.keepBan(b)
	}
	r.tabulate()
	h.space.settle(0, media)
	if rec.Created.Before(h.began) {
		r.idle.least = h.began.Add(restoredGrace)
	}
	for _, m := range rec.Members {
		if m.Left.IsZero() {
			s := &seat{member: r.members[m.ID], conns: map[string]string{}, since: rec.Since[m.ID], taken: true}
			r.place(s)
			r.order = append(r.order, s)
			s.away.set(h, h.limits.RestartGrace, func() { h.expire(r, s) })
		}
	}
	if len(r.seats) == 0 {
		r.idle.set(h, h.limits.UnvisitedGrace, func() { h.closeEmpty(r) })
	}
	h.closeAt(r)
	if rec.Listed {
		h.directory.put(h.row(r))
	}
	return r
}

// view describes the room; mu is held.
func (r *room) view() Room {
	v := r.rec.Room
	v.Count = len(r.order)
	v.Locked = r.rec.PassHash != ""
	v.Life = shorter(r.rec.Life, r.terms.LifeMost, Lives)
	v.History = shorter(r.rec.History, r.terms.HistoryMost, Histories)
	v.Ends = r.ends()
	return v
}

// place gives a seat to the member whom it is of; mu is held.
func (r *room) place(s *seat) {
	if r.seats == nil {
		r.seats = map[string]*seat{}
	}
	r.seats[s.member.ID] = s
	r.bear(s.member.ID, s.member.Nickname)
}

// know adds a member; mu is held.
func (r *room) know(m Member) *Member {
	if m.ID == r.rec.OwnerID {
		m.Role = RoleOwner
	}
	r.members[m.ID] = &m
	r.colors[m.Color] = true
	r.looks[m.Hue][m.Shape]++
	r.called.add(m.Identity, 1)
	return &m
}

// member is what the identity is in this room; mu is held. Its nickname is its own here where
// nobody else has it. A newcomer gets the least used hue, beginning with its own, the least used
// shape of that hue, and a color and a name that nobody has.
func (r *room) member(id Identity) *Member {
	if !r.mayBear(id.ID, id.Nickname) {
		id.Nickname = ""
	}
	if m := r.members[id.ID]; m != nil {
		r.call(m, id)
		return m
	}
	m := Member{Identity: id, Hue: id.Hue()}
	m.NameIdx = r.nameFor(id.NameIdx)
	for i := range Hues {
		if hue := (id.Hue() + i) % Hues; r.wearing(hue) < r.wearing(m.Hue) {
			m.Hue = hue
		}
	}
	for shape, n := range r.looks[m.Hue] {
		if n < r.looks[m.Hue][m.Shape] {
			m.Shape = shape
		}
	}
	for i := 0; m.Color == "" || r.colors[m.Color]; i++ {
		sum := sha256.Sum256([]byte(r.id + id.ID + strconv.Itoa(i)))
		m.Color = "#" + hex.EncodeToString(sum[:3])
	}
	return r.know(m)
}

// call gives a member the nickname and the tag of an identity; mu is held.
func (r *room) call(m *Member, id Identity) {
	m.Tag = id.Tag
	if m.Nickname != id.Nickname {
		r.called.add(m.Identity, -1)
		m.Nickname = id.Nickname
		r.called.add(m.Identity, 1)
	}
}

func (r *room) wearing(hue int) (n int) {
	for _, k := range r.looks[hue] {
		n += k
	}
	return n
}

// present lists who has a seat, in the order they came; mu is held.
func (r *room) present() []Member {
	members := make([]Member, len(r.order))
	for i, s := range r.order {
		members[i] = *s.member
	}
	return members
}
