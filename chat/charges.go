package chat

import (
	"math"
	"time"
)

// off tells that nothing is counted.
func (c charge) off() bool { return c.rate.perSecond < 0 || c.rate.burst < 0 }

// wait is how long it takes until the bucket has enough. Who wants more than a full bucket has
// waits for a full one.
func (c charge) wait(now time.Time) time.Duration {
	if c.off() {
		return 0
	}
	missing := min(c.n, c.rate.burst*c.wide) - c.left(now)
	if missing < 1e-6 { // what rounding makes
		return 0
	}
	return span(missing / (c.rate.perSecond * c.wide))
}

// left is what the bucket holds.
func (c charge) left(now time.Time) float64 {
	used := max(0, c.rate.full[c.key].Sub(now).Seconds()) * c.rate.perSecond
	return (c.rate.burst - used) * c.wide
}

// span is a number of seconds, forever at most.
func span(seconds float64) time.Duration {
	return time.Duration(math.Ceil(min(seconds*float64(time.Second), float64(forever))))
}

// add takes n, or gives it back when it is negative.
func (c charge) add(n float64, now time.Time) {
	if c.off() || n == 0 {
		return
	}
	k := c.rate
	full := k.full[c.key]
	if full.Before(now) {
		full = now
	}
	if n < 0 {
		full = full.Add(-span(-n / (k.perSecond * c.wide)))
	} else {
		full = full.Add(span(n / (k.perSecond * c.wide)))
	}
	k.fill(c.key, full, now)
}

// fill says when a bucket will be full again.
func (k *rate) fill(key string, full, now time.Time) {
	if !full.After(now) {
		delete(k.full, key)
		return
	}
	k.full[key] = full
	if len(k.full) >= k.prune {
		for key, full := range k.full {
			if !full.After(now) {
				delete(k.full, key)
			}
		}
		k.prune = max(pruneLeast, 2*len(k.full))
	}
}
