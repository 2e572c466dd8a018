package serial

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestItemsInOrderAndOneAtATime(t *testing.T) {
	const senders, each = 8, 200
	var q Queue[[2]int]
	got := make(map[int][]int) // unguarded: the race detector tells if two are handled at a time
	var handled sync.WaitGroup
	handled.Add(senders * each)
	handle := func(item [2]int) {
		got[item[0]] = append(got[item[0]], item[1])
		handled.Done()
	}
	for s := range senders {
		go func() {
			for i := range each {
				q.Add(0, handle, [2]int{s, i})
			}
		}()
	}
	handled.Wait()
	for s := range senders {
		if len(got[s]) != each || !slices.IsSorted(got[s]) {
			t.Errorf("sender %d: %v", s, got[s])
		}
	}
}

func TestRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Queue[int]
		var got []int
		gate := make(chan struct{})
		handle := func(i int) { <-gate; got = append(got, i) }
		q.Add(2, handle, 0)
		synctest.Wait() // 0 waits no more
		for i := 1; i <= 4; i++ {
			if q.Add(2, handle, i) != (i <= 2) {
				t.Errorf("room for %d", i)
			}
		}
		close(gate)
		synctest.Wait()
		if !slices.Equal(got, []int{0, 1, 2}) || q.Add(2, handle, 5, 6, 7) || !q.Add(2, handle, 5) {
			t.Error(got)
		}
		synctest.Wait() // the goroutine has ended: a bubble with one left fails
	})
}

func TestGoexitLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var q Queue[int]
		var got []int
		for i := range 5 {
			q.Add(0, func(i int) {
				if got = append(got, i); i%2 == 0 {
					runtime.Goexit()
				}
			}, i)
		}
		synctest.Wait()
		if !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
			t.Error(got)
		}
	})
}

// An owner that starts the goroutines can wait for them, and say that there won't be more.
func TestGoroutinesOfAnOwner(t *testing.T) {
	var work sync.WaitGroup
	closing := false
	q := Queue[int]{Go: func(f func()) bool {
		if !closing {
			work.Go(f)
		}
		return !closing
	}}
	var got []int
	handle := func(i int) {
		if got = append(got, i); i == 1 {
			runtime.Goexit()
		}
	}
	q.Add(0, handle, 1, 2)
	work.Wait()
	closing = true
	q.Add(0, handle, 3)
	work.Wait()
	if !slices.Equal(got, []int{1, 2}) {
		t.Error(got)
	}
	closing = false
	q.Add(0, handle, 4)
	work.Wait()
	if !slices.Equal(got, []int{1, 2, 3, 4}) {
		t.Error(got)
	}
}
