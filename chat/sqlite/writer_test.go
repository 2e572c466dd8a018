package sqlite

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// order queues jobs while the writer is busy, "m" those of messages and "s" what can wait, and
// tells in which order they run.
func order(t *testing.T, jobs string) string {
	t.Helper()
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "chat.db"), Options{Durability: Normal})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	busy, end := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.w.do(context.Background(), func(*writer) error {
			close(busy)
			<-end
			time.Sleep(batchTime) // so that the transaction takes no further job
			return nil
		}, nil)
	})
	<-busy
	var ran []string // the writer's, until all are done
	for _, kind := range strings.Split(jobs, "") {
		run := func(*writer) error {
			ran = append(ran, kind)
			return nil
		}
		all.Go(func() {
			var err error
			if kind == "m" {
				err = s.w.do(context.Background(), run, nil)
			} else {
				err = s.w.doLater(context.Background(), run)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	for len(s.w.jobs)+len(s.w.later) < len(jobs) {
		time.Sleep(time.Millisecond)
	}
	close(end)
	all.Wait()
	return strings.Join(ran, "")
}

// Messages don't wait for what sessions need, however much of it there is, nor does that wait for
// ever.
func TestD2MessagesComeFirst(t *testing.T) {
	// One of what can wait comes between two transactions; a slow machine makes those shorter.
	turns := regexp.MustCompile(fmt.Sprintf("^s(m{1,%d}s)*m{1,%[1]d}s*$", batchMost))
	for _, queued := range []string{strings.Repeat("s", 200) + strings.Repeat("m", 10), strings.Repeat("s", 100) + strings.Repeat("m", 130)} {
		ran := order(t, queued)
		if !turns.MatchString(ran) || strings.Count(ran, "m") != strings.Count(queued, "m") || len(ran) != len(queued) {
			t.Errorf("ran %s", ran)
		}
	}
}

// What is queued shares a transaction, but for a few of those that can wait: a message's answer
// comes behind them.
func TestMessagesShareATransaction(t *testing.T) {
	w := &writer{jobs: make(chan *job, 200), later: make(chan *job, 200)}
	fill := func(messages, sessions int) {
		for range messages {
			w.jobs <- &job{}
		}
		for range sessions {
			w.later <- &job{late: true}
		}
	}
	batch := func(start time.Time) (n int) {
		late := 0
		for j := w.first(); j != nil; j = w.next(start, n, late) {
			if n++; j.late {
				late++
			}
		}
		return n
	}
	fill(70, 100)
	var sizes []int
	for len(w.jobs)+len(w.later) > 0 {
		sizes = append(sizes, batch(time.Now()))
	}
	if want := []int{65, 6 + 8, 64, 27}; !slices.Equal(sizes, want) {
		t.Errorf("transactions of %v jobs, want %v", sizes, want)
	}
	fill(3, 0)
	if n := batch(time.Now().Add(-batchTime)); n != 1 {
		t.Errorf("a large job goes with %d others", n-1)
	}
}
