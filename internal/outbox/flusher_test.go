package outbox_test

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/internal/outbox"
)

// A target runs a function as its flush.
type target func()

func (f target) Flush() { f() }

// oneWorker makes the flusher have one goroutine, so that the order can be seen.
func oneWorker(t *testing.T) {
	before := runtime.GOMAXPROCS(1)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

func TestFlushesInTheOrderOfTheMarks(t *testing.T) {
	oneWorker(t)
	synctest.Test(t, func(t *testing.T) {
		f := outbox.NewFlusher()
		defer f.Close()
		var got, want []int
		for round := range 3 { // 5000 is above what the list keeps; then it starts anew
			for i := range 5000 {
				n := round*5000 + i
				want = append(want, n)
				f.Mark(target(func() { got = append(got, n) }))
			}
			synctest.Wait()
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d flushes of %d, or another order", len(got), len(want))
		}
	})
}

func TestEveryMarkIsFlushedOnce(t *testing.T) {
	f := outbox.NewFlusher()
	defer f.Close()
	const marks = 20_000
	var (
		flushed [marks]atomic.Int32
		left    sync.WaitGroup
	)
	left.Add(marks)
	for n := range 4 {
		go func() {
			for i := n; i < marks; i += 4 {
				mark := f.Mark
				if i%3 == 0 {
					mark = f.MarkLater
				}
				mark(target(func() {
					flushed[i].Add(1)
					left.Done()
				}))
			}
		}()
	}
	left.Wait()
	for i := range flushed {
		if n := flushed[i].Load(); n != 1 {
			t.Fatalf("mark %d was flushed %d times", i, n)
		}
	}
}

func TestMarkFromFlush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := outbox.NewFlusher()
		defer f.Close()
		flushes := 0
		var again target
		again = func() {
			if flushes++; flushes < 10 {
				f.Mark(again)
			}
		}
		f.Mark(again)
		synctest.Wait()
		if flushes != 10 {
			t.Fatalf("%d flushes", flushes)
		}
	})
}

func TestABlockedFlushHoldsNobodyElse(t *testing.T) {
	before := runtime.GOMAXPROCS(2)
	defer runtime.GOMAXPROCS(before)
	synctest.Test(t, func(t *testing.T) {
		f := outbox.NewFlusher()
		defer f.Close()
		held := make(chan struct{})
		f.Mark(target(func() { <-held }))
		var flushed atomic.Int32
		for range 100 {
			f.Mark(target(func() { flushed.Add(1) }))
		}
		synctest.Wait()
		if n := flushed.Load(); n != 100 {
			t.Errorf("%d flushes", n)
		}
		close(held)
	})
}

func TestLaterMarksRipen(t *testing.T) {
	oneWorker(t)
	synctest.Test(t, func(t *testing.T) {
		f := outbox.NewFlusher()
		defer f.Close()
		start := time.Now()
		var at []time.Duration
		note := target(func() { at = append(at, time.Since(start)) })
		f.MarkLater(note)
		time.Sleep(outbox.Delay / 4)
		f.MarkLater(note)
		f.Mark(note)
		synctest.Wait()
		time.Sleep(10 * outbox.Delay)
		f.MarkLater(note) // the timer is armed again
		time.Sleep(10 * outbox.Delay)
		synctest.Wait()
		want := []time.Duration{outbox.Delay / 4, outbox.Delay, outbox.Delay * 5 / 4, outbox.Delay/4 + 11*outbox.Delay}
		if !slices.Equal(at, want) {
			t.Errorf("flushed at %v, want %v", at, want)
		}
	})
}

func TestCloseFlushesWhatIsMarked(t *testing.T) {
	oneWorker(t)
	synctest.Test(t, func(t *testing.T) {
		f := outbox.NewFlusher()
		var flushed atomic.Int32
		note := target(func() { flushed.Add(1) })
		for range 100 {
			f.Mark(note)
		}
		f.MarkLater(note)
		f.Close()
		f.Close()
		synctest.Wait()
		if n := flushed.Load(); n != 101 {
			t.Errorf("%d flushes by Close, want 101", n)
		}
		f.Mark(note)
		f.MarkLater(note)
		synctest.Wait()
		if n := flushed.Load(); n != 103 {
			t.Errorf("%d flushes, also after Close, want 103", n)
		}
	})
}

func TestCloseUnused(t *testing.T) {
	f := outbox.NewFlusher()
	f.Close()
}
