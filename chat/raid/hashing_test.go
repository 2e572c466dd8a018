package raid

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Sixty-four people try passwords at once, each from an address of its own. Others are answered
// meanwhile, and the memory of a hash isn't taken for each.
func TestS5ParallelPasswords(t *testing.T) {
	loopback(t)
	const (
		guessers   = 64
		memoryMost = 64 << 20
		rounds     = 3
	)
	p := start(t, build(t), filepath.Join(t.TempDir(), "data"))
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	s := set(t, ctx, p)
	tally := &tally{counts: map[string]map[string]int{}}
	var crowd []*visitor
	for i := range guessers {
		v := newVisitor(p.address, fmt.Sprint(raiders, i+2))
		defer v.leave()
		if err := v.arrive(ctx); err != nil {
			t.Fatal(err)
		}
		crowd = append(crowd, v)
	}
	before := p.memory("VmRSS")
	p.forgetPeak()

	var guessing, asking sync.WaitGroup
	for i, v := range crowd {
		guessing.Go(func() {
			for n := range rounds {
				room := s.Locked[(i+n)%len(s.Locked)]
				err := v.post(ctx, "/room/"+room+"/enter", `{"password":"`+guess+`"}`, nil)
				tally.add("passwords", outcome(err))
			}
		})
	}
	var others times
	busy, done := context.WithCancel(ctx)
	asking.Go(func() {
		v := newVisitor(p.address, visitors+"1")
		defer v.leave()
		for sleep(busy, 20*time.Millisecond) {
			start := time.Now()
			if err := v.get(ctx, "/", nil); err != nil {
				t.Errorf("another visitor: %v", err)
			}
			others.add(time.Since(start))
		}
	})
	guessing.Wait()
	done()
	asking.Wait()
	grown := p.memory("VmHWM") - before
	t.Logf("guesses: %v; others meanwhile: %v; %d MB more", tally.counts, others, grown>>20)
	if grown > memoryMost {
		t.Errorf("the program took %d MB more, %d are meant to be enough", grown>>20, memoryMost>>20)
	}
	if len(others) == 0 || strict() && others.quantile(0.99) > 100*time.Millisecond {
		t.Errorf("others meanwhile: %v", others)
	}
	wrong := tally.counts["passwords"]["WRONG_PASSWORD"]
	if refused := tally.counts["passwords"]["UNAVAILABLE"]; wrong == 0 || wrong+refused != guessers*rounds {
		t.Errorf("guesses ended otherwise: %v", tally.counts)
	}
}
