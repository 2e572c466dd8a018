package raid

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// company is twenty people in a room, each at an address of its own. One sends a message a second.
type company struct {
	t      *testing.T
	room   string
	people []*visitor
	socks  []*socket

	mu    sync.Mutex
	n     int                  // guarded by mu; messages
	sent  map[string]time.Time // guarded by mu; text → when it was sent
	heard []map[string]int     // guarded by mu; by person: text → how often it came
	acks  times                // guarded by mu
	comes times                // guarded by mu; from sending to each of the people
}

const companySize = 20

func gather(t *testing.T, ctx context.Context, server string) *company {
	t.Helper()
	c := &company{t: t, sent: map[string]time.Time{}}
	for i := range companySize {
		v := newVisitor(server, fmt.Sprint(people, i+1))
		t.Cleanup(v.leave)
		if err := v.arrive(ctx); err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
		c.people = append(c.people, v)
		c.heard = append(c.heard, map[string]int{})
	}
	var err error
	if c.room, err = c.people[0].open(ctx, "company", "", companySize); err != nil {
		t.Fatal(err)
	}
	for i, v := range c.people {
		s, err := v.sit(ctx, c.room, func(name string, payload json.RawMessage) { c.hear(i, name, payload) })
		if err != nil {
			t.Fatalf("person %d: %v", i, err)
		}
		t.Cleanup(s.close)
		c.socks = append(c.socks, s)
	}
	return c
}

func (c *company) hear(person int, name string, payload json.RawMessage) {
	now := time.Now()
	var m struct{ Chat string }
	if name != "chat" || json.Unmarshal(payload, &m) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard[person][m.Chat]++
	c.comes.add(now.Sub(c.sent[m.Chat]))
}

// talk sends a message a second until the context ends, whatever becomes of the one before. Each
// has to be acknowledged.
func (c *company) talk(ctx context.Context) {
	var all sync.WaitGroup
	defer all.Wait()
	for {
		all.Go(func() { c.say(context.WithoutCancel(ctx)) })
		if !sleep(ctx, time.Second) {
			return
		}
	}
}

func (c *company) say(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := time.Now()
	c.mu.Lock()
	c.n++
	said := fmt.Sprintf("%s, %d", text, c.n)
	c.sent[said] = start
	c.mu.Unlock()
	if _, err := c.socks[0].ask(ctx, "/chat", "chat", map[string]any{"room": c.room, "chat": said}); err != nil {
		c.t.Errorf("%q: %v", said, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.acks.add(time.Since(start))
}

// check fails unless each of the people got each message once. Those on their way may still come.
func (c *company) check() {
	c.t.Helper()
	missing := func() (faults []string) {
		c.mu.Lock()
		defer c.mu.Unlock()
		for person, heard := range c.heard {
			for said := range c.sent {
				if heard[said] != 1 {
					faults = append(faults, fmt.Sprintf("person %d got %q %d times", person, said, heard[said]))
				}
			}
		}
		return faults
	}
	soon(func() bool { return len(missing()) == 0 })
	if faults := missing(); len(faults) > 0 {
		c.t.Errorf("%d faults, such as\n%s", len(faults), strings.Join(faults[:min(5, len(faults))], "\n"))
	}
}

// times takes what was measured and begins anew.
func (c *company) times() (acks, comes times) {
	c.mu.Lock()
	defer c.mu.Unlock()
	acks, comes = c.acks, c.comes
	c.acks, c.comes = nil, nil
	return acks, comes
}

// times are how long something took.
type times []time.Duration

func (l *times) add(d time.Duration) { *l = append(*l, d) }

func (l times) quantile(q float64) time.Duration {
	if len(l) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(l))
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

func (l times) String() string {
	return fmt.Sprintf("p50 %v, p99 %v, most %v of %d", l.quantile(0.5).Round(time.Millisecond/10),
		l.quantile(0.99).Round(time.Millisecond/10), l.quantile(1).Round(time.Millisecond/10), len(l))
}

// visit comes from an address that nobody used, opens a room, and talks there.
func visit(ctx context.Context, server, from string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	v := newVisitor(server, from)
	defer v.leave()
	if err := v.arrive(ctx); err != nil {
		return fmt.Errorf("arrive: %w", err)
	}
	room, err := v.open(ctx, "a visit", "", 10)
	if err != nil {
		return fmt.Errorf("open a room: %w", err)
	}
	came := make(chan struct{}, 1)
	s, err := v.sit(ctx, room, func(name string, _ json.RawMessage) {
		if name == "chat" {
			came <- struct{}{}
		}
	})
	if err != nil {
		return fmt.Errorf("sit: %w", err)
	}
	defer s.close()
	if _, err := s.ask(ctx, "/chat", "chat", map[string]any{"room": room, "chat": text}); err != nil {
		return fmt.Errorf("talk: %w", err)
	}
	select {
	case <-came:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("hear: %w", ctx.Err())
	}
}
