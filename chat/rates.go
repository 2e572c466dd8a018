package chat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates is a token bucket per key.
type rates struct {
	name  string     // of the limit, for errors
	told  int        // its number, for errors
	limit rate.Limit // tokens per second; negative = no limit
	burst int

	mu      sync.Mutex
	buckets map[string]*rate.Limiter // guarded by mu
	prune   int                      // guarded by mu; size at which full buckets are dropped
}

const pruneLeast = 1024

func newRates(name string, told int, perSecond float64, burst int) *rates {
	return &rates{name: name, told: told, limit: rate.Limit(perSecond), burst: burst,
		buckets: map[string]*rate.Limiter{}, prune: pruneLeast}
}

// perSecond is a bucket that holds what a second brings, perMinute what a minute does.
func perSecond(name string, n float64) *rates { return newRates(name, int(n), n, max(1, int(n))) }
func perMinute(name string, n float64) *rates { return newRates(name, int(n), n/60, max(1, int(n))) }

// within is a bucket of n that fills again in window.
func within(name string, n int, window time.Duration) *rates {
	return newRates(name, n, float64(n)/window.Seconds(), n)
}

// take takes a token. Without one it fails with RateLimited and the time until there is one.
func (r *rates) take(key string) error {
	if r.limit < 0 || r.burst < 0 {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	b := r.buckets[key]
	if b == nil {
		r.sweep()
		b = rate.NewLimiter(r.limit, r.burst)
		r.buckets[key] = b
	}
	if b.Allow() {
		return nil
	}
	missing := 1 - b.Tokens()
	return tooFast(r.name, r.told, time.Duration(missing/float64(r.limit)*float64(time.Second)))
}

// forget fills a key's bucket.
func (r *rates) forget(key string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.buckets, key)
}

// sweep drops full buckets once the map has doubled; mu is held.
func (r *rates) sweep() {
	if len(r.buckets) < r.prune {
		return
	}
	for k, b := range r.buckets {
		if b.Tokens() >= float64(r.burst) {
			delete(r.buckets, k)
		}
	}
	r.prune = max(pruneLeast, 2*len(r.buckets))
}
