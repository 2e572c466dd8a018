package socketio

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// workers run the jobs of sockets. A worker takes a socket, empties its inbox and waits for the
// next one. There are as many as needed, so a handler that never returns holds up nobody else's;
// idle ones beyond a small number end. The one that was used last is used first: its stack is warm.
type workers struct {
	max    int // idle ones
	mu     sync.Mutex
	idle   []chan task   // guarded by mu
	busy   int           // workers that aren't idle, and holds; guarded by mu
	quiet  chan struct{} // closed when none is busy, nil while nobody waits for that; guarded by mu
	closed bool          // guarded by mu
}

// A task is a socket whose inbox is to be emptied, or one event that runs beside the others.
type task struct {
	socket *Socket
	event  *job
}

// idleWorkers is enough for a burst of handlers to find warm stacks: with 4 for each processor
// nearly every event of 100 clients grew one anew (echo +10 %, binary +15 %), and what they hold
// doesn't show in the memory of idle clients.
func idleWorkers() int { return min(32*runtime.GOMAXPROCS(0), 512) }

func (w *workers) run(t task) {
	w.mu.Lock()
	w.busy++
	if n := len(w.idle) - 1; n >= 0 {
		ch := w.idle[n]
		w.idle = w.idle[:n]
		w.mu.Unlock()
		ch <- t
		return
	}
	w.mu.Unlock()
	go w.work(t)
}

func (w *workers) work(t task) {
	defer func() {
		// Only a handler that called runtime.Goexit leaves a task behind.
		if t.socket != nil {
			if t.event == nil {
				w.run(t)
			}
			w.free()
		}
	}()
	wake := make(chan task, 1)
	for t.socket != nil {
		if t.event != nil {
			t.socket.runEvent(t.event, t.socket.ns.chain(), true)
		} else {
			t.socket.runAll()
		}
		t = task{}
		if !w.park(wake) {
			return
		}
		t = <-wake
	}
}

// park offers a worker that has nothing to do.
func (w *workers) park(wake chan task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest()
	if w.closed || len(w.idle) >= w.max {
		return false
	}
	w.idle = append(w.idle, wake)
	return true
}

// hold keeps wait waiting until free, for a task that is about to come.
func (w *workers) hold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy++
}

func (w *workers) free() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest()
}

// rest counts a worker that has nothing to do any more. It needs mu.
func (w *workers) rest() {
	if w.busy--; w.busy == 0 && w.quiet != nil {
		close(w.quiet)
		w.quiet = nil
	}
}

// wait returns when nobody is at work, or soon after ctx has ended: how many are at work then.
func (w *workers) wait(ctx context.Context) (busy int) {
	w.mu.Lock()
	if w.busy == 0 {
		w.mu.Unlock()
		return 0
	}
	if w.quiet == nil {
		w.quiet = make(chan struct{})
	}
	quiet := w.quiet
	w.mu.Unlock()
	select {
	case <-quiet:
		return 0
	case <-ctx.Done():
	}
	late := time.NewTimer(grace)
	defer late.Stop()
	select {
	case <-quiet:
		return 0
	case <-late.C:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.busy
}

// close ends the idle workers; busy ones end when they are done.
func (w *workers) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.closed = true
	for _, ch := range w.idle {
		ch <- task{}
	}
	w.idle = nil
}
