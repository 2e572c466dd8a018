package outbox

import (
	"runtime"
	"sync"
	"time"
)

// Delay is the longest that a delayed flush waits: what else is sent in that time goes out in the
// same write.
const Delay = time.Millisecond

// A Target has something to write. Flush writes all that is queued and must not block.
type Target interface{ Flush() }

// A Flusher calls Flush of what was marked, in the order of the marks, from a few goroutines
// that start with the first mark and end with Close. Its methods may be called from any goroutine
// and under any lock that Flush doesn't take.
type Flusher struct {
	mu      sync.Mutex
	wake    sync.Cond
	dirty   FIFO[Target]  // guarded by mu
	late    FIFO[delayed] // guarded by mu
	timer   *time.Timer   // guarded by mu; armed while late isn't empty
	workers int           // guarded by mu
	idle    int           // guarded by mu
	closed  bool          // guarded by mu
}

type delayed struct {
	target Target
	due    time.Time
}

// NewFlusher returns a flusher that has no goroutine yet.
func NewFlusher() *Flusher {
	f := new(Flusher)
	f.wake.L = &f.mu
	return f
}

// Mark asks for a flush as soon as possible. A target is marked once until it is flushed: its owner
// sees to that.
func (f *Flusher) Mark(t Target) {
	f.mu.Lock()
	f.push(t)
	f.mu.Unlock()
}

func (f *Flusher) push(t Target) {
	if f.closed {
		go t.Flush() // a last one, such as a close frame
		return
	}
	f.dirty.Push(t)
	switch {
	case f.idle > 0:
		f.idle--
		f.wake.Signal()
	case f.workers < runtime.GOMAXPROCS(0):
		f.workers++
		go f.work()
	}
}

// MarkLater asks for a flush after Delay.
func (f *Flusher) MarkLater(t Target) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		f.push(t)
		return
	}
	f.late.Push(delayed{t, time.Now().Add(Delay)})
	if f.late.Len() > 1 {
		return
	}
	if f.timer == nil {
		f.timer = time.AfterFunc(Delay, f.ripen)
	} else {
		f.timer.Reset(Delay)
	}
}

// ripen moves to the dirty list what has waited long enough.
func (f *Flusher) ripen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	now := time.Now()
	for f.late.Len() > 0 {
		if wait := f.late.First().due.Sub(now); wait > 0 {
			f.timer.Reset(wait)
			return
		}
		f.push(f.late.Pop().target)
	}
}

func (f *Flusher) work() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for {
		for f.dirty.Len() == 0 {
			if f.closed {
				return
			}
			f.idle++
			f.wake.Wait()
		}
		t := f.dirty.Pop()
		f.mu.Unlock()
		t.Flush()
		f.mu.Lock()
	}
}

// Close ends the goroutines after all that has been marked is flushed. A later mark gets a
// goroutine of its own.
func (f *Flusher) Close() {
	f.mu.Lock()
	if f.timer != nil {
		f.timer.Stop()
	}
	for f.late.Len() > 0 {
		f.push(f.late.Pop().target)
	}
	f.closed = true
	f.wake.Broadcast()
	f.mu.Unlock()
}
