package hosting

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// members is how many clients are there when the server restarts; the variable R11 tells another
// number. Of those in a room every tenth writes.
const (
	members   = 360
	roomOf    = 40
	writerOf  = 10
	halfSent  = 50
	comeBack  = 3 * time.Second  // within which the page comes back
	endsIn    = 10 * time.Second // the program
	allBackIn = 15 * time.Second // since the signal
)

// The program is restarted under everybody, as an update does it: nothing that was acknowledged is
// lost, nothing is doubled, nobody is refused, and all are back in their rooms, not all at once.
func TestR11Restart(t *testing.T) {
	all := members
	if s := os.Getenv("R11"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil {
			t.Fatal(err)
		}
		all = n
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	m := manage(t, "madang.socket")
	p := m.start(nil, "--durability=normal", "--limit=room-newcomers-free=-1", "--limit=newcomers-free=-1")
	m.told("READY=1")

	var wg sync.WaitGroup
	defer wg.Wait()
	staying, leave := context.WithCancel(ctx)
	defer leave()
	crowd := gather(t, ctx, m.url, all)
	for _, one := range crowd {
		wg.Go(func() { one.stay(staying) })
	}
	eventually(t, "all are in", func() bool { return !slices.ContainsFunc(crowd, (*member).out) })
	officials := official(t, ctx, m.url, crowd[0].room)

	writing, stop := context.WithCancel(ctx)
	defer stop()
	var writers sync.WaitGroup
	for i := 0; i < all; i += writerOf {
		writers.Go(func() {
			for n := 0; writing.Err() == nil; n++ {
				crowd[i].say(ctx, fmt.Sprintf("%d-%d", i, n))
				select {
				case <-writing.Done():
				case <-time.After(time.Second):
				}
			}
		})
	}
	prober := probe(t, m.url)
	halves := sendHalf(t, crowd)
	time.Sleep(1500 * time.Millisecond) // of conversation

	signalled := time.Now()
	p.cmd.Process.Signal(syscall.SIGTERM)
	m.told("STOPPING=1")
	complete := halves
	if all == members { // of thousands it is what they do to one another that is looked at
		complete = halves[:halfSent/2] // the others have no end
	}
	for _, h := range complete {
		wg.Go(h.complete)
	}
	p.gone()
	ended := time.Since(signalled)
	p = m.start(nil, "--durability=normal", "--limit=room-newcomers-free=-1", "--limit=newcomers-free=-1")
	m.told("READY=1")
	ready := time.Since(signalled)
	eventually(t, "all are back", func() bool { return !slices.ContainsFunc(crowd, (*member).away) })
	back := time.Since(signalled)
	for _, h := range halves {
		wg.Go(func() { h.again(ctx) })
	}
	time.Sleep(time.Second) // of conversation
	stop()
	writers.Wait()
	prober.end()
	for _, h := range halves {
		h.wait()
	}
	settle(t, crowd)
	officials.check(crowd[0].last())

	if (ended > endsIn || back > allBackIn) && !raced() {
		t.Errorf("the program ended after %v and all were back after %v", ended, back)
	}
	if len(prober.refused) > 0 {
		t.Errorf("%d of %d connections failed: %v", len(prober.refused), prober.probes, prober.refused[:min(5, len(prober.refused))])
	}
	if n := check(t, crowd); n > all*35/100 {
		t.Errorf("%d of %d came back within one second", n, all)
	} else {
		t.Logf("%d members: ended after %v, ready after %v, all back after %v, at most %.1f %% of them within one second; %d probes, the slowest took %v",
			all, ended.Round(time.Millisecond), ready.Round(time.Millisecond), back.Round(time.Millisecond), 100*float64(n)/float64(all), prober.probes, prober.slowest.Round(time.Millisecond))
	}
	leave()
	wg.Wait()
	p.end()
}

// gather makes rooms and visitors for them, each at an address of its own. They come back one after
// the other over three seconds, in any order: so evenly that a few hundred show what many would.
func gather(t *testing.T, ctx context.Context, url string, all int) []*member {
	t.Helper()
	crowd := make([]*member, all)
	order := rand.Perm(all)
	room := ""
	var wg sync.WaitGroup
	at := make(chan bool, 32)
	for i := range all {
		from := fmt.Sprintf("127.1.%d.%d", i/200, 1+i%200)
		if i%roomOf == 0 {
			owner, err := newMember(ctx, url, "", from)
			if err != nil {
				t.Fatal(err)
			}
			status, a, err := owner.request(ctx, "POST", "/room", fmt.Sprintf(`{"title":"%d","max":%d}`, i, 2*roomOf))
			if err != nil || status != 201 {
				t.Fatalf("a room: %d, %v, %v", status, a, err)
			}
			room = a["room"].(map[string]any)["_id"].(string)
		}
		mine := room
		wg.Go(func() {
			at <- true
			one, err := newMember(ctx, url, mine, from)
			<-at
			if err != nil {
				t.Error(err)
			}
			one.wait = comeBack * time.Duration(order[i]) / time.Duration(all)
			if i%roomOf == 0 {
				one.texts = map[string]int{}
			}
			crowd[i] = one
		})
	}
	wg.Wait()
	if t.Failed() {
		t.FailNow()
	}
	return crowd
}

// raced tells whether the test has the race detector, with which everything takes many times as
// long: the times that the program promises are those of its users.
func raced() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}

func (m *member) out() bool { return m.in() == nil }

func (m *member) away() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.backs == 0 && m.now == nil || m.lost.IsZero()
}

// settle lets everybody hear of the last message of their room.
func settle(t *testing.T, crowd []*member) {
	t.Helper()
	for i := 0; i < len(crowd); i += roomOf {
		crowd[i].say(t.Context(), "the-last-one")
	}
	eventually(t, "all have heard the last message", func() bool {
		for i, m := range crowd {
			first := crowd[i/roomOf*roomOf]
			if first.last() != m.last() || first.count("the-last-one") == 0 {
				return false
			}
		}
		return true
	})
}

func (m *member) last() int64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seq
}

func (m *member) count(text string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.texts[text]
}

// check looks at what everybody has seen. It returns how many at most tried to come back within one
// second.
func check(t *testing.T, crowd []*member) (most int) {
	t.Helper()
	var tries []time.Time
	began := time.Now() // when the first connection was lost
	lost, doubled, untold := 0, 0, 0
	for i, m := range crowd {
		m.mu.Lock()
		for _, f := range m.faults[:min(3, len(m.faults))] {
			t.Errorf("%s: %s", m.from, f)
		}
		if !m.told {
			untold++
		}
		if len(m.tries) > 1 {
			t.Errorf("%s tried %d times", m.from, len(m.tries))
		}
		tries = append(tries, m.tries...)
		if m.lost.Before(began) {
			began = m.lost
		}
		acked := m.acked
		m.mu.Unlock()
		for text := range acked {
			switch n := crowd[i/roomOf*roomOf].count(text); {
			case n == 0:
				lost++
			case n > 1:
				doubled++
			}
		}
	}
	if lost+doubled+untold > 0 {
		t.Errorf("%d acknowledged messages are lost, %d doubled; %d members weren't told of the restart", lost, doubled, untold)
	}
	seconds := map[time.Duration]int{}
	for _, at := range tries {
		seconds[at.Sub(began)/time.Second]++
	}
	for _, n := range seconds {
		most = max(most, n)
	}
	return most
}

func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	const long = 2 * patience // hundreds of clients beside other tests
	for end := time.Now().Add(long); !holds(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not after %v", what, long)
		}
	}
}
