package socketio

import (
	"context"
	"slices"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
)

// A session is what outlives a socket. What changes is guarded by history.mu, but why by the
// conn.mu of its socket.
type session struct {
	pid, sid  string
	recovered Recovery // "" is RecoveryNone
	placed    bool     // the socket has places for the rooms of before; of the socket's worker
	before    *session // the one that this one continues

	since  uint64       // events up to this one aren't for the session
	why    Reason       // of the end
	socket *Socket      // nil when it has ended
	rooms  []membership // when it has ended
	cost   int          // of those
	end    time.Time    // the same
	sure   time.Time    // the same; what was emitted until then did arrive

	claimant *Socket // the one that is about to continue it
	owed     int     // bytes that the claimant's connection owes for it; not changed

	// With a sequence, whose mu guards these.
	comeback *comeback // of the one that is continued, until the socket is joined
	after    string    // events up to this one were sent with what was missed
	era      int       // of after

	gone   chan struct{} // made at the end, closed when the last handler is done
	values []entry       // when gone is closed
}

type membership struct {
	room  string
	since uint64
}

// membershipCost is what one costs besides the name.
const membershipCost = 32

func (s *Socket) newSession() *session { return &session{pid: newID(), sid: s.id} }

// resume finds the session that a client wants to continue, if there is one, and gives the socket a
// session.
func (s *Socket) resume() {
	h, q := s.ns.history, s.ns.sequence
	if h == nil && q == nil || s.Protocol() != 4 {
		return
	}
	var claim struct {
		PID    any `json:"pid"`
		Offset any `json:"offset"`
	}
	if s.auth != nil {
		_ = jsonx.Decode(s.auth, &claim) // what doesn't fit is no claim
	}
	pid, _ := claim.PID.(string)
	offset, _ := claim.Offset.(string)
	if q != nil {
		q.resume(s, pid, offset)
		return
	}
	next := h.take(s, pid, offset)
	if old := next.before; old != nil && !old.handedOver(s.Context(), h.opts.HandoverTimeout) {
		h.release(s, next)
		next = s.newSession()
	}
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	s.session = next
	if old := next.before; old != nil {
		s.extend().values = slices.Clone(old.values)
	}
	s.id = next.sid
}

// handOver says that the handlers of a socket that has ended are done.
func (s *Socket) handOver() {
	if q := s.ns.sequence; q != nil {
		q.handOver(s)
		return
	}
	x := s.session
	if x == nil || x.gone == nil {
		return
	}
	s.conn.mu.Lock()
	if s.extra != nil {
		x.values = slices.Clone(s.extra.values)
	}
	s.conn.mu.Unlock()
	close(x.gone)
}

// handedOver waits until the handlers of a socket that has ended are done.
func (x *session) handedOver(ctx context.Context, patience time.Duration) bool {
	select {
	case <-x.gone:
		return true
	default:
	}
	late := time.NewTimer(patience)
	defer late.Stop()
	select {
	case <-x.gone:
		return true
	case <-late.C:
	case <-ctx.Done():
	}
	return false
}

// take reserves the session of pid. Whatever connection still has it is closed first, so that there
// are never two sockets with one id.
func (h *history) take(s *Socket, pid, offset string) *session {
	next := s.newSession()
	if pid == "" {
		return next
	}
	h.mu.Lock()
	old := h.sessions[pid]
	var holder, claimant *Socket
	if old != nil {
		holder, claimant = old.socket, old.claimant
	}
	h.mu.Unlock()
	for _, other := range []*Socket{holder, claimant} {
		if other != nil && other.conn != s.conn {
			other.conn.endAll(ReasonTakenOver)
			other.conn.es.Discard()
		}
	}
	if holder != nil {
		h.close(holder) // its end may be under way elsewhere
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	old = h.sessions[pid]
	if old == nil || old.socket != nil || time.Since(old.end) > h.opts.Duration {
		return next
	}
	if from, ok := h.parse(offset); ok {
		old.since = max(old.since, from)
		if _, bytes, ok := h.missed(old); ok && s.placeAgain(old.rooms) {
			if s.conn.owe(bytes, h.room) {
				old.claimant = s
				return &session{pid: pid, sid: old.sid, since: old.since, recovered: RecoveryFull, before: old, owed: bytes, placed: true}
			}
			s.giveBack(old.rooms)
		}
	}
	if h.opts.RestorePartial && s.placeAgain(old.rooms) {
		old.claimant = s
		next.recovered, next.before, next.placed = RecoveryPartial, old, true
	}
	return next
}

// admit makes the session of a socket that is about to be joined the current one and sends what it
// missed. It needs h.mu.
func (h *history) admit(s *Socket) bool {
	next, old := s.session, s.session.before
	if next.recovered != RecoveryFull {
		next.since = h.last.Load()
	}
	if old == nil {
		return true
	}
	if old.claimant != s {
		return false // the client has come back once more
	}
	next.placed = false
	joined := true
	for _, m := range old.rooms { // also behind an error: each gives its place back
		since := m.since
		if next.recovered != RecoveryFull {
			since = h.last.Load()
		}
		joined = s.ns.rooms.join(s, m.room, since, true) == nil && joined
	}
	if !joined {
		return false
	}
	if next.recovered != RecoveryFull {
		return true
	}
	missed, _, ok := h.missed(old)
	if !ok {
		return false // too much has happened since the middleware began
	}
	for _, r := range missed {
		if s.conn.es.Send(r.m, r.flags|engineio.Corked) != nil {
			return false
		}
	}
	return true
}

// settle puts the session of a joined socket in the place of the one that it continues. It needs
// h.mu.
func (h *history) settle(s *Socket) {
	next := s.session
	next.socket = s
	if old := next.before; old != nil {
		next.before = nil
		if h.sessions[old.pid] == old {
			h.drop(old)
		}
	}
	h.sessions[next.pid] = next
}

// abandon gives back the session that a socket was about to continue.
func (s *Socket) abandon() {
	if q := s.ns.sequence; q != nil {
		q.abandon(s)
		return
	}
	s.ns.history.abandon(s)
}

func (h *history) abandon(s *Socket) {
	if s.session.before != nil {
		h.release(s, s.session)
	}
}

func (h *history) release(s *Socket, next *session) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if old := next.before; old.claimant == s {
		old.claimant = nil
	}
	s.conn.owe(-next.owed, h.room)
	if next.placed {
		next.placed = false
		s.giveBack(next.before.rooms)
	}
}

// close keeps or forgets the session of a socket that has ended.
func (h *history) close(s *Socket) {
	h.mu.Lock()
	defer h.mu.Unlock()
	x := s.session
	if x == nil || x.socket != s || s.state() != ended {
		return
	}
	x.socket = nil
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if !x.why.Recoverable() {
		delete(h.sessions, x.pid)
		return
	}
	for _, st := range s.seats {
		if st != nil {
			x.rooms = append(x.rooms, membership{st.room.name, st.since})
			x.cost += membershipCost + len(st.room.name)
		}
	}
	x.gone = make(chan struct{})
	x.end = time.Now()
	x.sure = s.conn.heardAt(x.end).Add(-s.conn.server.opts.beat())
	h.tidy()
	h.ended = append(h.ended, x)
	h.waiting++
	h.kept += x.cost
	h.forget()
}
