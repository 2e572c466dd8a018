// Package advice tells developers what to do about their mistakes, in the log and not too often.
package advice

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"time"
)

// pause is the least time between two advices of one key.
const pause = time.Minute

// An Advice is one server's. The zero value is ready; any goroutine may use it.
type Advice struct {
	mu   sync.Mutex
	said map[string]time.Time // guarded by mu; keys are constants, so it stays small
}

// Warn logs at level Warn, at most once a minute for each key. Keys are constants of the program,
// never made of what a client sends. The logger is one of calm.Logger.
func (a *Advice) Warn(log *slog.Logger, key, msg string, args ...any) {
	a.WarnContext(context.Background(), log, key, msg, args...)
}

// WarnContext is Warn for what belongs to a request.
func (a *Advice) WarnContext(ctx context.Context, log *slog.Logger, key, msg string, args ...any) {
	if a.due(key) {
		log.WarnContext(ctx, msg, args...)
	}
}

// due reports whether the key may be heard again, and notes that it is.
func (a *Advice) due(key string) bool {
	now := time.Now()
	a.mu.Lock()
	defer a.mu.Unlock()
	if last, ok := a.said[key]; ok && now.Sub(last) < pause {
		return false
	}
	if a.said == nil {
		a.said = make(map[string]time.Time)
	}
	a.said[key] = now
	return true
}

// Short cuts what a client sent to what a log line bears.
func Short(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}
