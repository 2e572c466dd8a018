package engineio

import (
	"runtime/debug"
	"sync"
	"time"
)

const (
	// burst is how many sessions have to have begun: fewer leave nothing worth a collection.
	burst = 1000
	// burstPause is how long hardly any session begins when a burst is over.
	burstPause = time.Second
	// burstEvery is the least time between two collections.
	burstEvery = time.Minute
)

// release hands memory back to the system. Tests replace it.
var release = debug.FreeOSMemory

// A thrift is Options.ReleaseMemory at work. It has a timer from the end of a burst's first
// thousand handshakes until memory has been handed back, and no goroutine.
type thrift struct {
	mu    sync.Mutex
	begun int         // sessions since memory was handed back; guarded by mu
	seen  int         // of them, when the timer was set; guarded by mu
	timer *time.Timer // guarded by mu; nil when it isn't set
	after time.Time   // nothing is handed back before; guarded by mu
	over  bool        // guarded by mu
}

// session counts one that has begun. The nil thrift is that of a server without the option.
func (t *thrift) session() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.begun++
	if t.begun >= burst && t.timer == nil && !t.over {
		t.wait()
	}
}

// wait needs mu.
func (t *thrift) wait() {
	t.seen = t.begun
	t.timer = time.AfterFunc(max(burstPause, time.Until(t.after)), t.look)
}

// look hands memory back if the burst is over.
func (t *thrift) look() {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.over:
	case t.begun-t.seen > burst/100:
		t.wait()
	default:
		t.begun, t.timer, t.after = 0, nil, time.Now().Add(burstEvery)
		t.mu.Unlock()
		release()
		t.mu.Lock()
	}
}

func (t *thrift) close() {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.timer != nil {
		t.timer.Stop()
	}
}
