package main

import (
	"math"
	"testing"
	"time"
)

func TestBucketsHoldWhatTheySay(t *testing.T) {
	last := -1
	for d := time.Duration(0); d < math.MaxInt64/3; d += d/50 + 1 {
		i := bucketOf(d)
		if i < last || i >= len(histogram{}.counts) {
			t.Fatalf("%d ns are in bucket %d, behind %d", d, i, last)
		}
		last = i
		if off := math.Abs(float64(middleOf(i)-d)) / math.Max(1, float64(d)); off > 0.04 {
			t.Fatalf("%d ns are in the bucket of %d ns", d, middleOf(i))
		}
	}
}

func TestQuantile(t *testing.T) {
	var h histogram
	h.add(time.Second, 500)
	before := h.since([len(h.counts)]int64{})
	for ms := range 100 {
		h.add(time.Duration(ms)*time.Millisecond, 1)
	}
	counts := h.since(before)
	for share, want := range map[float64]float64{0: 0, 0.5: 50_000, 0.99: 99_000} {
		if got := quantile(counts[:], share); math.Abs(got-want) > want/20 {
			t.Errorf("quantile %v is %v µs, want %v", share, got, want)
		}
	}
	if got := quantile(make([]int64, 5), 0.5); got != 0 {
		t.Errorf("of nothing it is %v", got)
	}
}
