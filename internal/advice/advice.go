// Package advice tells a developer of a mistake: one line in the log that says what to do, however often clients run into it.
package advice

import (
	"log/slog"
	"sync"
	"time"
)

// Pause is the time between two lines about the same mistake.
const Pause = time.Minute

// Advice remembers what was told. The zero value is ready. It may be used from any goroutine.
type Advice struct {
	mu   sync.Mutex
	last map[string]time.Time // by key; guarded by mu
}

// Warn logs at level Warn, for each key once a minute at most. Keys are constants of the program: what a client sent is no key.
// A logger that panics is ignored.
func (a *Advice) Warn(log *slog.Logger, key, msg string, args ...any) {
	if !a.due(key, time.Now()) {
		return
	}
	defer func() { _ = recover() }()
	log.Warn(msg, args...)
}

func (a *Advice) due(key string, now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, told := a.last[key]; told && now.Sub(last) < Pause {
		return false
	}
	if a.last == nil {
		a.last = make(map[string]time.Time)
	}
	a.last[key] = now
	return true
}
