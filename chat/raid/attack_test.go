package raid

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
	"time"
)

// attacks are what each address does at the same time. A function is one goroutine of it, and
// returns when it has nothing to go on with, or when the context ends; then it is called again.
var attacks = []struct {
	name string
	run  func(*raider, context.Context)
}{
	{"uploads", (*raider).uploads},
	{"messages", (*raider).messages},
	{"history, sockets", (*raider).historyBySocket},
	{"uploads that trickle", (*raider).trickle},
	{"deaf sockets", (*raider).deafSockets},

	{"rooms", (*raider).rooms},
	{"identities", (*raider).identities},
	{"sockets", (*raider).sockets},
	{"polling", (*raider).polling},
	{"lists", (*raider).lists},
	{"pages", (*raider).pages},
	{"large requests", (*raider).largeRequests},
	{"passwords", (*raider).passwords},
	{"joins", (*raider).joins},
	{"history, HTTP", (*raider).historyByHTTP},
	{"unread pictures", (*raider).unreadPictures},
	{"slow bodies", (*raider).slowBodies},
	{"half requests", (*raider).halfRequests},
	{"half handshakes", (*raider).halfHandshakes},
	{"odd packets", (*raider).oddPackets},
	{"deep JSON", (*raider).deepJSON},
}

// needSeats is how many attacks, the first ones, sit in a room: they come before the others use up
// what an address may have.
const needSeats = 5

const (
	// of one address for each attack; with more addresses, one of each
	workers = 8
	pause   = 50 * time.Millisecond // of each between two tries; with more workers, longer
	held    = 400                   // connections that an attack keeps open, by all its workers
)

// stage is what raiders find.
type stage struct {
	Server  string
	Talk    string   // the room of the people, full
	Square  string   // an open room with many seats
	Locked  []string // rooms with passwords
	Picture string   // its file name, in the square
}

// raid lets raiders from these addresses do their worst until the context ends.
func (s *stage) raid(ctx context.Context, addresses []string) *tally {
	t := &tally{counts: map[string]map[string]int{}}
	n := max(workers, len(addresses))
	var all sync.WaitGroup
	homes := make([]*visitor, len(addresses))
	for i, address := range addresses {
		homes[i] = newVisitor(s.Server, address)
		defer homes[i].leave()
	}
	for kind, attack := range attacks {
		for i := range n {
			r := &raider{visitor: homes[i%len(homes)].stranger(), stage: s, attack: attack.name,
				tally: t, pause: pause * time.Duration(n) / workers, held: held / n}
			all.Go(func() {
				if kind >= needSeats && !sleep(ctx, time.Second) {
					return
				}
				for r.again(ctx) {
					attack.run(r, ctx)
				}
			})
		}
	}
	all.Wait()
	return t
}

// raider is one goroutine of an attack.
type raider struct {
	*visitor // without a session until it arrives
	*stage

	attack string
	tally  *tally
	pause  time.Duration
	held   int
	last   *visitor // with a session
}

// again pauses for about as long as it is due and reports whether the raid goes on.
func (r *raider) again(ctx context.Context) bool {
	return sleep(ctx, r.pause/2+rand.N(r.pause))
}

// note counts a try; what the end of the raid broke isn't one.
func (r *raider) note(ctx context.Context, err error) {
	if ctx.Err() == nil {
		r.tally.add(r.attack, outcome(err))
	}
}

// fresh is a raider with a session of its own, else with the one of before, or nil.
func (r *raider) fresh(ctx context.Context) *visitor {
	v := r.stranger()
	if err := v.arrive(ctx); err != nil {
		r.note(ctx, err)
		return r.last
	}
	r.last = v
	return v
}

// seated is a raider in the square, or nil.
func (r *raider) seated(ctx context.Context) (*visitor, *socket) {
	v := r.fresh(ctx)
	if v == nil {
		return nil, nil
	}
	s, err := v.sit(ctx, r.Square, nil)
	if err != nil {
		r.note(ctx, err)
		return nil, nil
	}
	return v, s
}

// tally counts how tries ended: "ok", "cut" (no answer), an error's code or a status.
type tally struct {
	mu     sync.Mutex
	counts map[string]map[string]int // guarded by mu; attack → outcome
}

func (t *tally) add(attack, outcome string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts[attack] == nil {
		t.counts[attack] = map[string]int{}
	}
	t.counts[attack][outcome]++
}

func (t *tally) total() (n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, outcomes := range t.counts {
		for _, count := range outcomes {
			n += count
		}
	}
	return n
}

// String is a table.
func (t *tally) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 4, 2, ' ', 0)
	for _, attack := range attacks {
		var cells []string
		for outcome, n := range t.counts[attack.name] {
			cells = append(cells, fmt.Sprintf("%s %d", outcome, n))
		}
		slices.Sort(cells)
		fmt.Fprintf(w, "%s\t%s\n", attack.name, strings.Join(cells, ", "))
	}
	w.Flush()
	return b.String()
}

// sleep reports whether the context goes on.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-ctx.Done():
		return false
	}
}
