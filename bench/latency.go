package main

import (
	"math/bits"
	"sync/atomic"
	"time"
)

// fineness is how many buckets a power of two has: what they tell is right to three per cent.
const fineness = 32

// A histogram counts how long things took. Any goroutine may use it.
type histogram struct {
	counts [(64 - 4) * fineness]atomic.Int64
}

func (h *histogram) add(d time.Duration, n int) { h.counts[bucketOf(d)].Add(int64(n)) }

// since is what was added after a snapshot; the zero value is the beginning.
func (h *histogram) since(before [len(histogram{}.counts)]int64) (counts [len(histogram{}.counts)]int64) {
	for i := range counts {
		counts[i] = h.counts[i].Load() - before[i]
	}
	return counts
}

// quantile is what a share of the counted things took at most, in microseconds; 0 = there are none.
func quantile(counts []int64, share float64) float64 {
	var all int64
	for _, n := range counts {
		all += n
	}
	left := int64(share * float64(all))
	for i, n := range counts {
		if left -= n; left < 0 {
			return float64(middleOf(i)) / float64(time.Microsecond)
		}
	}
	return 0
}

// bucketOf takes the first six binary digits: that many numbers have a bucket of their own, and
// then each power of two has fineness of them.
func bucketOf(d time.Duration) int {
	v := uint64(max(d, 0))
	shift := max(0, bits.Len64(v)-bits.Len64(fineness))
	return shift*fineness + int(v>>shift)
}

func middleOf(bucket int) time.Duration {
	shift := max(0, bucket/fineness-1)
	return time.Duration(bucket-shift*fineness)<<shift + time.Duration(1)<<shift/2
}
