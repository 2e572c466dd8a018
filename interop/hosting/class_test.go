package hosting

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A school has one address. With the limits as they are a class is back in time, of pages and of
// clients that know nothing of restarts, and nobody is locked out for it.
func TestR11ClassBehindOneAddress(t *testing.T) {
	const class = 50
	m := manage(t, "madang.socket")
	p := m.start(nil, "--limit=room-newcomers-free=-1", "--limit=newcomers-free=-1")
	m.told("READY=1")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	defer wg.Wait()
	staying, leave := context.WithCancel(ctx)
	defer leave()
	var all []*member
	for address, wait := range map[string]func() time.Duration{
		"127.3.0.1": func() time.Duration { return rand.N(comeBack) },
		"127.3.0.2": func() time.Duration { return time.Second/2 + rand.N(time.Second) },
	} {
		owner, err := newMember(ctx, m.url, "", address)
		if err != nil {
			t.Fatal(err)
		}
		_, a, err := owner.request(ctx, "POST", "/room", fmt.Sprintf(`{"title":"%s","max":60}`, address))
		if err != nil {
			t.Fatal(err)
		}
		room := a["room"].(map[string]any)["_id"].(string)
		for range class {
			one, err := newMember(ctx, m.url, room, address)
			if err != nil {
				t.Fatal(err)
			}
			one.wait = wait()
			all = append(all, one)
		}
	}
	for i, one := range all {
		wg.Go(func() {
			time.Sleep(time.Duration(i%class) * time.Second / 15) // they don't come all at once
			one.stay(staying)
		})
	}
	eventually(t, "all are in", func() bool { return !slices.ContainsFunc(all, (*member).out) })
	for _, one := range all {
		one.arrive()
	}

	signalled := time.Now()
	p.cmd.Process.Signal(syscall.SIGTERM)
	p.gone()
	p = m.start(nil, "--limit=room-newcomers-free=-1", "--limit=newcomers-free=-1")
	m.told("READY=1")
	eventually(t, "all are back", func() bool { return !slices.ContainsFunc(all, (*member).away) })
	if back := time.Since(signalled); back > allBackIn && !raced() {
		t.Errorf("all are back after %v", back)
	} else {
		t.Logf("all are back after %v", back)
	}
	leave()
	wg.Wait()
	for _, one := range all {
		if len(one.faults) > 0 {
			t.Errorf("%s: %v", one.from, one.faults)
		}
	}
	p.end()
}

// arrive forgets how the member has come in.
func (m *member) arrive() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tries, m.lost, m.backs = nil, time.Time{}, 0
}
