// Package wheel runs many coarse timers cheaply: heartbeats of all connections share one
// goroutine and one ring of slots, and an idle timer costs a few words inside its owner.
//
// A timer never fires early and at most one tick late. All methods may be called from any
// goroutine, also from Expire. The goroutine lives only while timers are armed, and ends with
// Close.
package wheel

import (
	"sync"
	"time"
)

// slots is the size of the ring: with the usual tick of 100 ms one turn is 51 s, longer than the
// default heartbeat cycle of 45 s, so that almost no timer is looked at twice.
const slots = 512

// An Expirer is told that its timer has fired. Expire runs on the wheel's goroutine and must be
// short.
type Expirer interface{ Expire() }

// A Timer is embedded in what it belongs to. The zero value is not armed.
type Timer struct {
	next, prev *Timer
	due        int64 // tick number
	owner      Expirer
}

// A Wheel is a set of armed timers.
type Wheel struct {
	tick   time.Duration
	start  time.Time
	closed chan struct{}

	mu      sync.Mutex
	ring    [slots]Timer // guarded by mu; heads of circular lists
	armed   int          // guarded by mu
	current int64        // guarded by mu; last tick that was handled
	running bool         // guarded by mu
	over    bool         // guarded by mu; closed is closed
}

// New returns a wheel of the given resolution.
func New(tick time.Duration) *Wheel {
	w := &Wheel{tick: max(tick, time.Millisecond), start: time.Now(), closed: make(chan struct{})}
	for i := range w.ring {
		w.ring[i].next, w.ring[i].prev = &w.ring[i], &w.ring[i]
	}
	return w
}

// Set arms t for the moment at, or moves it there when it was armed.
func (w *Wheel) Set(t *Timer, owner Expirer, at time.Time) {
	due := int64((at.Sub(w.start) + w.tick - 1) / w.tick)
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.next != nil {
		w.unlink(t)
	}
	if !w.running && !w.over {
		w.running = true
		w.current = int64(time.Since(w.start) / w.tick)
		go w.run()
	}
	t.owner, t.due = owner, max(due, w.current+1)
	head := &w.ring[t.due%slots]
	t.next, t.prev = head, head.prev
	head.prev.next, head.prev = t, t
	w.armed++
}

// Stop disarms t. An Expire that has begun may still run.
func (w *Wheel) Stop(t *Timer) {
	w.mu.Lock()
	if t.next != nil {
		w.unlink(t)
	}
	w.mu.Unlock()
}

// Close ends the goroutine: timers don't fire any more. It may be called more than once.
func (w *Wheel) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.over {
		w.over = true
		close(w.closed)
	}
}

func (w *Wheel) unlink(t *Timer) {
	t.prev.next, t.next.prev = t.next, t.prev
	t.next, t.prev, t.owner = nil, nil, nil
	w.armed--
}

func (w *Wheel) run() {
	timer := time.NewTimer(w.tick)
	defer timer.Stop()
	var due []Expirer
	for {
		select {
		case <-timer.C:
		case <-w.closed:
			return
		}
		w.mu.Lock()
		now := int64(time.Since(w.start) / w.tick)
		for ; w.current < now; w.current++ {
			due = w.collect(due, w.current+1)
		}
		if w.armed == 0 && len(due) == 0 {
			w.running = false
			w.mu.Unlock()
			return
		}
		w.mu.Unlock()
		for _, e := range due {
			e.Expire()
		}
		clear(due)
		due = due[:0]
		timer.Reset(time.Until(w.start.Add(time.Duration(now+1) * w.tick)))
	}
}

// collect takes the timers that are due at the given tick out of the ring.
func (w *Wheel) collect(due []Expirer, tick int64) []Expirer {
	head := &w.ring[tick%slots]
	for t := head.next; t != head; {
		next := t.next
		if t.due <= tick {
			due = append(due, t.owner)
			w.unlink(t)
		}
		t = next
	}
	return due
}
