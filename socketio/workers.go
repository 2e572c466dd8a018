package socketio

import (
	"context"
	"runtime"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/outbox"
)

// workers run the jobs of sockets. A worker takes a socket, empties its inbox and takes the next
// one: a hundred short handlers run on one warm stack. Before it runs what may block it sends for
// another worker, when more sockets wait, and no second one before that has come: so there are as
// many as needed, and a handler that never returns holds up nobody else's. Idle ones beyond a small
// number end; the one that was used last is used first.
type workers struct {
	max    int // idle ones
	mu     sync.Mutex
	tasks  outbox.FIFO[task] // guarded by mu; nobody is at them
	coming bool              // a worker is on its way to take one; guarded by mu
	idle   []chan struct{}   // guarded by mu
	busy   int               // tasks that wait or run, and holds; guarded by mu
	quiet  chan struct{}     // closed when none is busy, nil unless somebody waits; guarded by mu
	closed bool              // guarded by mu
}

// A task is a socket whose inbox is to be emptied, or one event that runs beside the others.
type task struct {
	socket *Socket
	event  *job
}

// idleWorkers is enough for a burst of handlers that block to find warm stacks; what they hold
// doesn't show in the memory of idle clients.
func idleWorkers() int { return min(32*runtime.GOMAXPROCS(0), 512) }

func (w *workers) run(t task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy++
	w.tasks.Push(t)
	w.call()
}

// call sends for a worker, unless one is on its way. It needs mu.
func (w *workers) call() {
	if w.coming {
		return
	}
	w.coming = true
	if n := len(w.idle) - 1; n >= 0 {
		w.idle[n] <- struct{}{}
		w.idle = w.idle[:n]
		return
	}
	go w.work()
}

func (w *workers) work() {
	var t task
	defer func() {
		// Only a handler that called runtime.Goexit leaves a task behind.
		if t.socket != nil {
			if t.event == nil {
				w.run(t)
			}
			w.free()
		}
	}()
	wake := make(chan struct{}, 1)
	for w.come() {
		for w.take(&t) {
			if t.event != nil {
				t.socket.runEvent(t.event, t.socket.ns.chain(), true)
			} else {
				t.socket.runAll()
			}
		}
		if !w.park(wake) {
			return
		}
		<-wake
	}
}

// come is called by a worker that has been sent for. It reports whether the worker may stay.
func (w *workers) come() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.coming = false
	return !w.closed || w.tasks.Len() > 0
}

// take ends the task t, if it is one, and takes the next one. It reports whether there is one.
func (w *workers) take(t *task) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if t.socket != nil {
		w.rest()
	}
	if w.tasks.Len() == 0 {
		*t = task{}
		return false
	}
	*t = w.tasks.Pop()
	if w.tasks.Len() > 0 {
		w.call()
	}
	return true
}

// park offers a worker that has nothing to do. It reports whether the worker stays.
func (w *workers) park(wake chan struct{}) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
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

// rest counts a task that is done, or a hold that is over. It needs mu.
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
	for _, wake := range w.idle {
		wake <- struct{}{}
	}
	w.idle = nil
}
