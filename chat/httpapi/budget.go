package httpapi

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// What the log has of requests in a minute. Beyond that it has their number: anybody can send
// requests at any rate, and a disk full of lines about them is full.
const (
	linesMost = 1000
	warnsMost = 10
	// strangersMost is of requests for other names, which scanners ask for all the time.
	strangersMost = 5
)

// budget counts lines of a minute.
type budget struct {
	most int

	mu    sync.Mutex
	since time.Time // guarded by mu
	n     int       // guarded by mu
}

// take tells whether there is a line left, and how many the minute before had too few.
func (b *budget) take(now time.Time) (ok bool, missed int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if now.Sub(b.since) >= time.Minute {
		missed = max(0, b.n-b.most)
		b.since, b.n = now, 0
	}
	b.n++
	return b.n <= b.most, missed
}

// spare tells whether a line may be written, and writes the number of those that weren't.
func (s *site) spare(ctx context.Context, b *budget, level slog.Level, what string) bool {
	ok, missed := b.take(time.Now())
	if missed > 0 {
		s.log.Log(ctx, level, what+" that have no line", "n", missed)
	}
	return ok
}
