package raid

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// What an evening may cost.
const (
	latencyGoal  = 500 * time.Millisecond // p99 of the company, on a machine of its own
	latencyBound = 10 * time.Second       // the same beside other tests
	memoryMost   = 20 << 20               // more than before, once it is over
	mediaMost    = 40 << 20               // what the pictures may take in all
	folderMost   = mediaMost + 100<<20    // and the database, whose log alone may have 64 MB
)

// One address opens more connections than the program has descriptors.
func TestEveningOfOneAddress(t *testing.T) { evening(t, 1, 1024) }

func TestEveningOfFiftyAddresses(t *testing.T) { evening(t, 50, 0) }

// Nobody is locked out: each limit holds by itself.
func TestEveningWithoutLockouts(t *testing.T) {
	if os.Getenv("RAID") == "" {
		t.Skip("NOT RUN: make raid")
	}
	evening(t, 50, 0, "--limit=offences=-1", "--limit=offences-per-address=-1")
}

func evening(t *testing.T, addresses, descriptors int, limits ...string) {
	loopback(t)
	limits = append(limits, fmt.Sprint("--limit=media-total=", mediaMost))
	if os.Getenv("RAID") == "" { // what is kept for half a minute isn't waited for
		limits = append(limits, "--limit=seat-grace=3s", "--limit=empty-grace=3s")
	}
	p := startWith(t, descriptors, build(t), filepath.Join(t.TempDir(), "data"), limits...)
	ctx := t.Context()
	s := set(t, ctx, p)
	c := gather(t, ctx, p.address)
	s.Talk = c.room

	crowd(t, ctx, p.address)
	calm, end := context.WithTimeout(ctx, 3*time.Second)
	defer end()
	c.talk(calm)
	acks, comes := c.times()
	before := settle(t, p, 0)
	t.Logf("before: acks %v; deliveries %v; %d MB", acks, comes, before>>20)

	bound := latencyBound
	if strict() {
		bound = latencyGoal
	}
	if p99 := siege(t, p, s, c, addresses); p99 > bound {
		t.Errorf("p99 of the company is %v, more than %v", p99, bound)
	}
	c.check()
	begun := time.Now()
	err := visit(ctx, p.address, visitors+"250")
	if took := time.Since(begun); err != nil || took > bound {
		t.Errorf("a visitor after the raid took %v: %v", took, err)
	} else {
		t.Logf("a visitor after the raid took %v", took)
	}
	after := settle(t, p, before+memoryMost)
	t.Logf("after: %d MB, the folder has %d MB", after>>20, p.size()>>20)
	if after > before+memoryMost {
		t.Errorf("the program took %d MB before the raid and takes %d MB after it", before>>20, after>>20)
	}
	if size := p.size(); size > folderMost {
		t.Errorf("the folder has %d MB, more than %d MB", size>>20, folderMost>>20)
	}
	checkLog(t, p, c.people)
	p.end()
}

// siege is the raid itself, while the company talks and visitors come. It tells how long the
// company's messages took, but for the slowest.
func siege(t *testing.T, p *program, s *stage, c *company, addresses int) (p99 time.Duration) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var (
		tally  string
		visits times
		peak   int
		all    sync.WaitGroup
	)
	worked, begun := p.cpu(), time.Now()
	all.Go(func() {
		defer cancel()
		tally = raid(t, order{s, loopbacks(addresses), length(t)})
	})
	all.Go(func() { c.talk(ctx) })
	all.Go(func() { visits = comers(t, ctx, p.address) })
	all.Go(func() {
		for sleep(ctx, 100*time.Millisecond) {
			peak = max(peak, p.memory("VmRSS"))
		}
	})
	all.Wait()
	worked = p.cpu() - worked

	acks, comes := c.times()
	t.Logf("%d addresses, %v: %v", addresses, time.Since(begun).Round(time.Second/10), tally)
	t.Logf("raid: acks %v; deliveries %v; visits %v", acks, comes, visits)
	t.Logf("the program worked for %v, took %d MB at most, and wrote %d KB of log", worked, peak>>20, len(p.log.String())>>10)
	return max(acks.quantile(0.99), comes.quantile(0.99))
}

// set makes what the raiders find, from addresses of its own.
func set(t *testing.T, ctx context.Context, p *program) *stage {
	t.Helper()
	s := &stage{Server: p.address}
	for i := range 5 {
		v := newVisitor(p.address, fmt.Sprint(people, 100+i))
		defer v.leave()
		if err := v.arrive(ctx); err != nil {
			t.Fatal(err)
		}
		room, err := v.open(ctx, "locked", key, 10)
		if err != nil {
			t.Fatal(err)
		}
		s.Locked = append(s.Locked, room)
		if i > 0 {
			continue
		}
		if s.Square, err = v.open(ctx, "square", "", 1000); err != nil {
			t.Fatal(err)
		}
		seat, err := v.sit(ctx, s.Square, nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(seat.close)
		if s.Picture, err = v.upload(ctx, s.Square, noise()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// loopbacks are addresses of raiders.
func loopbacks(n int) (addresses []string) {
	for i := range n {
		addresses = append(addresses, fmt.Sprint(raiders, i+2))
	}
	return addresses
}

// crowd is the evening before the raid: a hundred people come at once and go, so that the program
// has done all that it does, and has been as large as it honestly is.
func crowd(t *testing.T, ctx context.Context, server string) {
	t.Helper()
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if err := visit(ctx, server, fmt.Sprint(guests, i+1)); err != nil {
				t.Errorf("guest %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// comers come one after another, from a new address each, and measure how long it takes to talk.
func comers(t *testing.T, ctx context.Context, server string) (took times) {
	for n := 1; sleep(ctx, 2*time.Second); n++ {
		start := time.Now()
		if err := visit(context.WithoutCancel(ctx), server, fmt.Sprint(visitors, n)); err != nil {
			t.Errorf("visitor %d: %v", n, err)
		}
		took.add(time.Since(start))
	}
	return took
}

// settle asks for pages, so that memory that nobody needs is given back, until the program has at
// most that much or has given back all that it will, for a minute at most: seats and empty rooms
// are kept for half of one. The pages of its file aren't counted: the more it does, the more of
// them are in memory, and they are the kernel's.
func settle(t *testing.T, p *program, enough int) (memory int) {
	t.Helper()
	var many []*visitor // an address has so many requests in a second
	for i := range 10 {
		v := newVisitor(p.address, fmt.Sprint(people, 200+i))
		defer v.leave()
		many = append(many, v)
	}
	memory = p.memory("RssAnon")
	least := time.Now() // when it was least
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		for i := range 50 {
			if err := many[i%len(many)].get(t.Context(), "/", nil); err != nil {
				t.Fatalf("settle: %v", err)
			}
		}
		if now := p.memory("RssAnon"); now < memory {
			memory, least = now, time.Now()
		}
		if memory <= enough || enough == 0 && time.Since(least) > 5*time.Second {
			break
		}
	}
	return memory
}
