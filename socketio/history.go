package socketio

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/madang-chat/madang/engineio"
)

// A history is what a namespace needs for recovery: its sessions and the events that they may have
// missed. Its lock is taken before all others but server.mu, and held while an event is noted and
// queued for its receivers: so offsets rise in each socket's queue, and nobody joins a room or
// comes back in between.
type history struct {
	opts *RecoveryOptions
	tag  string        // begins every offset: one of another process is unknown
	age  time.Duration // of the oldest event that is kept
	room int           // bytes that one client may have missed

	mu       sync.Mutex
	last     atomic.Uint64       // the newest event; written under mu
	lost     uint64              // the newest event that was dropped too early; guarded by mu
	aged     uint64              // the newest event that was dropped for its age; guarded by mu
	agedAt   time.Time           // when that was emitted; guarded by mu
	records  []record            // guarded by mu
	bytes    int                 // of records; guarded by mu
	sessions map[string]*session // by pid, also those of connected sockets; guarded by mu
	waiting  int                 // how many of them have no socket; guarded by mu
	kept     int                 // bytes of the rooms of those; guarded by mu
	ended    []*session          // waiting or continued since, the oldest first; guarded by mu
}

// A record is an event that was emitted.
type record struct {
	n             uint64
	at            time.Time
	m             *engineio.Message
	flags         engineio.Flags
	size          int
	narrowed      bool
	rooms, except []string
}

// cost is the memory that MaxBytes counts: an event may name many rooms.
func (r *record) cost() int {
	bytes := r.size
	for _, names := range [][]string{r.rooms, r.except} {
		for _, name := range names {
			bytes += int(unsafe.Sizeof(name)) + len(name)
		}
	}
	return bytes
}

// newHistory makes the history of a namespace, or none. What a client got at the latest when its
// heartbeat was answered isn't needed again, so events are kept for one heartbeat longer than
// sessions.
func newHistory(o *Options) *history {
	if o.Recovery == nil {
		return nil
	}
	return &history{
		opts: o.Recovery, tag: newID()[:3], age: o.Recovery.Duration + o.beat(), room: queueSize(o) / 2,
		sessions: make(map[string]*session),
	}
}

// beat is how long a client that is supervised may be dead before that is seen: the wait for its
// answer may be extended once.
func (o *Options) beat() time.Duration {
	return max(cmp.Or(o.PingInterval, engineio.DefaultPingInterval)+2*cmp.Or(o.PingTimeout, engineio.DefaultPingTimeout), 0)
}

func (h *history) offset(n uint64) string { return h.tag + strconv.FormatUint(n, 36) }

// parse reads an offset that the namespace has given out. It needs h.mu.
func (h *history) parse(offset string) (n uint64, ok bool) {
	digits, ok := strings.CutPrefix(offset, h.tag)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 36, 64)
	return n, err == nil && n <= h.last.Load()
}

// farthest is how far behind the newest offset another one may be.
const farthest = 1 << 20

// emit gives an event an offset, notes it and lets deliver queue it. A parser of the application's
// is called without the lock. When another event was faster it is called again, for an offset
// farther off: so an event that takes long isn't overtaken for ever by those that don't, nor by
// those that take as long and aim at another one.
func (h *history) emit(t Target, d draft, deliver func(*engineio.Message)) error {
	if _, ok := d.codec.(*foreign); !ok {
		h.mu.Lock()
		defer h.mu.Unlock()
		n := h.last.Load() + 1
		m, err := d.message(h.offset(n))
		if err == nil {
			h.note(t, d, n, m, deliver)
		}
		return err
	}
	for ahead := uint64(1); ; ahead = min(64*ahead, farthest) {
		n := h.last.Load() + 1 + rand.N(ahead)
		m, err := d.message(h.offset(n))
		if err != nil {
			return err
		}
		h.mu.Lock()
		noted := h.note(t, d, n, m, deliver)
		h.mu.Unlock()
		if noted {
			return nil
		}
	}
}

// note makes an event the newest one, if its offset can still be that. Events that may be dropped
// have an offset too, so that a client never takes a text of theirs for one, but they aren't kept.
// It needs h.mu.
func (h *history) note(t Target, d draft, n uint64, m *engineio.Message, deliver func(*engineio.Message)) bool {
	if n <= h.last.Load() {
		return false
	}
	h.last.Store(n)
	if t.latest || t.alone && t.from.state() != joined {
		deliver(m)
		return true
	}
	r := record{n: n, at: time.Now(), m: m, flags: t.flags, size: d.size(), narrowed: t.narrowed, rooms: t.rooms, except: t.except}
	switch {
	case t.alone:
		r.narrowed, r.rooms = true, []string{t.from.id}
	case t.from != nil:
		r.except = with(t.except, t.from.id)
	}
	if len(h.sessions) > 0 {
		h.records = append(h.records, r)
		h.bytes += r.cost()
	} else {
		h.records, h.bytes, h.lost = nil, 0, n
	}
	h.trim()
	deliver(m)
	return true
}

// tidy keeps ended from growing with those that come and go behind one that still waits. It needs
// h.mu.
func (h *history) tidy() {
	if len(h.ended) >= 2*h.waiting+64 {
		h.ended = slices.DeleteFunc(h.ended, func(x *session) bool { return h.sessions[x.pid] != x })
	}
}

// trim keeps the limits. It needs h.mu.
func (h *history) trim() {
	for len(h.records) > 0 {
		r := &h.records[0]
		old := time.Since(r.at) > h.age
		if !old && len(h.records) <= h.opts.MaxPackets && h.bytes <= h.opts.MaxBytes {
			return
		}
		if old {
			h.aged, h.agedAt = r.n, r.at
		} else {
			h.lost = r.n
		}
		h.bytes -= r.cost()
		*r = record{}
		h.records = h.records[1:]
	}
	h.records = nil
}

// forget drops the sessions whose time is over or that are too many. It needs h.mu.
func (h *history) forget() {
	for len(h.ended) > 0 {
		x := h.ended[0]
		waiting := h.sessions[x.pid] == x
		if waiting && time.Since(x.end) <= h.opts.Duration && h.waiting <= h.opts.MaxSessions && h.kept <= h.opts.MaxBytes {
			return
		}
		if waiting {
			h.drop(x)
		}
		h.ended[0] = nil
		h.ended = h.ended[1:]
	}
	h.ended = nil
}

// drop forgets a session without a socket. It needs h.mu.
func (h *history) drop(x *session) {
	delete(h.sessions, x.pid)
	h.waiting--
	h.kept -= x.cost
}

// awaits reports whether somebody may come back.
func (h *history) awaits() bool {
	if h == nil {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.waiting > 0
}

func (h *history) sweep() {
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget()
	h.trim()
}

// missed lists the events that were for a session, with their size. It reports false when some are
// no longer known. It needs h.mu.
func (h *history) missed(x *session) (list []record, bytes int, ok bool) {
	if x.since < h.lost || x.since < h.aged && h.agedAt.After(x.sure) {
		return nil, 0, false
	}
	rooms := map[string]uint64{x.sid: 0} // a client may be in many
	for _, m := range x.rooms {
		rooms[m.room] = m.since
	}
	i, _ := slices.BinarySearchFunc(h.records, x.since+1, func(r record, n uint64) int { return cmp.Compare(r.n, n) })
	for _, r := range h.records[i:] {
		if r.reaches(rooms) {
			list = append(list, r)
			bytes += r.size
		}
	}
	return list, bytes, true
}

// owe notes missed events that are to be sent, unless they are too much with those of the
// connection's other namespaces.
func (c *conn) owe(bytes, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.owed+bytes > most {
		return false
	}
	c.owed += bytes
	return true
}

// reaches reports whether an event was for a socket, by the rooms that it was in at the end and
// since when.
func (r *record) reaches(rooms map[string]uint64) bool {
	in := func(name string) bool {
		since, ok := rooms[name]
		return ok && since < r.n
	}
	return (!r.narrowed || slices.ContainsFunc(r.rooms, in)) && !slices.ContainsFunc(r.except, in)
}

// sweepAll is called from time to time.
func (s *Server) sweepAll() {
	for _, n := range s.all() {
		n.history.sweep()
		s.mu.Lock()
		s.prune(n)
		s.mu.Unlock()
	}
	if s.ctx.Err() == nil {
		s.sweeper.Reset(s.sweepTime())
	}
}

func (s *Server) sweepTime() time.Duration { return max(s.opts.Recovery.Duration/4, time.Millisecond) }
