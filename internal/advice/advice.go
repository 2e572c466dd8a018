// Package advice tells a developer of a mistake, once and not with every request.
package advice

import (
	"log/slog"
	"sync"
	"time"
)

// Interval is how often an advice of one kind is repeated.
const Interval = time.Minute

// An Advice remembers what was said. The zero value is ready, and any goroutine may use it.
type Advice struct {
	mu   sync.Mutex
	said map[string]time.Time // guarded by mu
}

// Warn logs a warning, at most once in Interval for each key. Keys are constants. A logger that panics is not heard.
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
	if last, said := a.said[key]; said && now.Sub(last) < Interval {
		return false
	}
	if a.said == nil {
		a.said = make(map[string]time.Time)
	}
	a.said[key] = now
	return true
}
