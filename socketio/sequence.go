package socketio

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/serial"
)

// A sequence is the order of what a namespace sends when the Bus keeps its events. Only the log
// knows where an event of ours stands among those of the other servers, so it is sent when it comes
// back from there. Whatever is said to the same clients meanwhile, and joins and ends, waits behind
// it or notes what it would have changed.
//
// Its lock is taken where that of a history would be.
type sequence struct {
	ns   *Namespace
	bus  *calmBus
	opts *RecoveryOptions
	room int // bytes that one client may have missed

	// line sends: what comes from the log, and what waits when its turn has come. Encoding may call
	// the application, so no lock is held for the order.
	line  serial.Queue[func()]
	busy  atomic.Int64 // turns; written under mu
	heard atomic.Int64 // events of other servers

	mu      sync.Mutex
	turns   []*turn           // in the order of calls; the line takes them out; guarded by mu
	bytes   int               // of their events; guarded by mu
	count   uint64            // turns that there were; guarded by mu
	late    *time.Timer       // looks for events that don't come back; guarded by mu
	moved   time.Time         // when one last came back from the log; guarded by mu
	newest  string            // the offset that the newest event carries; guarded by mu
	top     string            // the newest one of the log; guarded by mu
	doubt   uint64            // was sent and may still come into the log; guarded by mu
	eras    int               // how often the log began anew; guarded by mu
	holders map[string]holder // by pid, also those that aren't saved yet; guarded by mu
	comers  []*comeback       // guarded by mu
	// away is until when clients that left a dynamic namespace may come back. Guarded by mu.
	away map[string]time.Time
}

// A turn is what waits: an event, or something else to do.
type turn struct {
	at     uint64
	number uint64 // of an event on its way to the log
	began  time.Time
	ready  bool   // it may go when nothing is before it; guarded by the sequence's mu
	failed bool   // it isn't in the log, or nobody knows; the same
	event  *event // or do
	do     func() // on the line, without a lock
}

// logPatience is how long an event may be on its way while the log brings nothing. The Bus gives up
// earlier. Brokers stand still for seconds and go on, for a new leader or a slow disk: one order is
// worth the wait, and a broker that is known to be away isn't waited for.
const logPatience = 8 * time.Second

// newSequence makes the sequence of a namespace, or none.
func newSequence(n *Namespace) *sequence {
	bus := n.server.keeps
	if bus == nil {
		return nil
	}
	o := &n.server.opts
	return &sequence{ns: n, bus: bus, opts: o.Recovery, room: queueSize(o) / 2, holders: make(map[string]holder)}
}

// waits reports whether something is on its way.
func (q *sequence) waits() bool { return q != nil && q.busy.Load() > 0 }

// behind has something done behind all that waits, on another goroutine, and reports false when
// nothing does.
func (q *sequence) behind(do func()) bool {
	if !q.waits() {
		return false
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.turns) == 0 {
		return false
	}
	q.push(&turn{do: do, ready: true})
	return true
}

// push needs mu. When too much waits the oldest event doesn't any longer.
func (q *sequence) push(t *turn) {
	q.count++
	t.at, t.began = q.count, time.Now()
	q.turns = append(q.turns, t)
	q.busy.Add(1)
	if t.event != nil {
		q.bytes += t.event.draft.size()
	}
	if t.number != 0 && q.late == nil {
		q.late = time.AfterFunc(logPatience, func() { q.line.Add(0, call, q.expire) })
	}
	if len(q.turns) > q.opts.MaxPackets || q.bytes > q.opts.MaxBytes {
		if i := slices.IndexFunc(q.turns, func(t *turn) bool { return !t.ready }); i >= 0 {
			q.turns[i].ready, q.turns[i].failed = true, true
		}
	}
	if q.turns[0].ready {
		q.line.Add(0, call, q.advance)
	}
}

// settle waits until what came so far is sent.
func (q *sequence) settle() {
	if q != nil {
		done := make(chan struct{})
		q.line.Add(0, call, func() { close(done) })
		<-done
	}
}

// advance does what nothing is before. It is of the line, as all that takes turns out.
func (q *sequence) advance() {
	for {
		q.mu.Lock()
		if len(q.turns) == 0 || !q.turns[0].ready {
			q.mu.Unlock()
			return
		}
		t := q.turns[0]
		q.mu.Unlock()
		if t.do != nil {
			t.do()
		} else {
			q.send(t.event, t, "")
		}
		q.take(t)
	}
}

// take ends a turn.
func (q *sequence) take(t *turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.turns, t)
	if i == 0 {
		q.turns[0] = nil
		q.turns = q.turns[1:]
	} else {
		q.turns = slices.Delete(q.turns, i, i+1)
	}
	if len(q.turns) == 0 {
		q.turns = nil
	}
	if t.event != nil {
		q.bytes -= t.event.draft.size()
	}
	q.busy.Add(-1)
}

// back sends an event of this server that has come back from the log, or didn't get there. Number 0
// is none.
func (q *sequence) back(number uint64, offset string) {
	if q == nil {
		return
	}
	q.line.Add(0, call, func() {
		q.mu.Lock()
		i := slices.IndexFunc(q.turns, func(t *turn) bool { return t.number == number })
		if i < 0 || q.turns[i].ready { // it has been sent, or is about to be
			if i < 0 && isOffset(offset) && number >= q.doubt {
				q.doubt = 0
			}
			q.mu.Unlock()
			return
		}
		t := q.turns[i]
		t.ready, t.failed = true, !isOffset(offset)
		failed := t.failed
		if !failed {
			q.moved = time.Now()
		}
		q.mu.Unlock()
		if !failed {
			q.send(t.event, t, offset)
			q.take(t)
		}
		q.advance()
	})
}

// giveUp sends an event in its turn that the log doesn't have.
func (q *sequence) giveUp(t *turn) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.ready, t.failed = true, true
	q.line.Add(0, call, q.advance)
}

// expire gives up the events that should have come back.
func (q *sequence) expire() {
	q.mu.Lock()
	var next time.Duration
	lost := 0
	for _, t := range q.turns {
		if t.ready {
			continue
		}
		if next = logPatience - min(time.Since(t.began), time.Since(q.moved)); next > 0 {
			break
		}
		t.ready, t.failed = true, true
		lost++
	}
	if next > 0 {
		q.late.Reset(next)
	} else {
		q.late = nil
	}
	q.mu.Unlock()
	if lost > 0 {
		q.ns.adviseLate(lost)
	}
	q.advance()
}
