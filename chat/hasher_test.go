package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
)

// slowHasher hashes one password after the other when the test says so.
type slowHasher struct {
	*hasher
	t     *testing.T
	next  chan struct{}
	under int // hashes under way
	most  int // at once
	order []string
	fails map[string]error
}

func newSlow(t *testing.T, parallel, queue int) *slowHasher {
	s := &slowHasher{hasher: newHasher(parallel, queue), t: t, next: make(chan struct{}), fails: map[string]error{}}
	s.derive = func(password string, _ []byte) []byte {
		s.mu.Lock()
		s.under++
		s.most = max(s.most, s.under)
		s.order = append(s.order, password)
		s.mu.Unlock()
		<-s.next
		s.mu.Lock()
		s.under--
		s.mu.Unlock()
		return make([]byte, hashSize)
	}
	return s
}

// ask queues a password of an address; its name is the password.
func (s *slowHasher) ask(ctx context.Context, from, name string) {
	go func() {
		_, err := s.hash(ctx, from, name)
		s.mu.Lock()
		defer s.mu.Unlock()
		if err != nil {
			s.fails[name] = err
		}
	}()
	synctest.Wait()
}

// finish lets all hashes that are begun or wait come to their end.
func (s *slowHasher) finish() {
	for {
		synctest.Wait()
		select {
		case s.next <- struct{}{}:
		default:
			return
		}
	}
}

// Two are hashed at once, and some wait.
func TestS5FewPasswordsAreHashedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 2, 32)
		for i := range 64 {
			s.ask(t.Context(), fmt.Sprint("192.0.2.", i), fmt.Sprint(i))
		}
		s.finish()
		if s.most != 2 || len(s.order) != 34 || len(s.fails) != 30 {
			t.Errorf("%d at once, %d hashed, %d refused", s.most, len(s.order), len(s.fails))
		}
		for _, err := range s.fails {
			if e, ok := errors.AsType[*Error](err); !ok || e.Code != Unavailable || e.Limit != "hashing-queue" || e.N != 32 || e.RetryAfter <= 0 || !e.Retryable {
				t.Fatalf("refused with %+v", err)
			}
		}
		s.ask(t.Context(), "192.0.2.99", "later")
		s.finish()
		if s.fails["later"] != nil {
			t.Error("nothing is left of the flood, but it still refuses")
		}
	})
}

// Who sends many waits for itself, and the others for one of them each time.
func TestS5AddressesHashInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 1, 8)
		for i := range 40 {
			s.ask(t.Context(), "192.0.2.1", fmt.Sprint("flood ", i))
		}
		s.ask(t.Context(), "192.0.2.2", "a")
		s.ask(t.Context(), "192.0.2.2", "b")
		s.ask(t.Context(), "192.0.2.3", "c")
		s.ask(t.Context(), "192.0.2.1", "flood 40")
		s.finish()
		want := []string{"flood 0", "flood 1", "a", "c", "flood 2", "b", "flood 3", "flood 4", "flood 5"}
		if !slices.Equal(s.order, want) {
			t.Errorf("hashed %q, want %q", s.order, want)
		}
		if len(s.fails) != 41-6 || s.fails["a"] != nil || s.fails["flood 6"] == nil {
			t.Errorf("%d refused", len(s.fails))
		}
	})
}

// An IPv6 site is one address here.
func TestS5SitesHashInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 1, 4)
		for i := range 40 {
			s.ask(t.Context(), fmt.Sprintf("2001:db8:0:%x::/64", i), fmt.Sprint("flood ", i))
		}
		s.ask(t.Context(), "192.0.2.2", "a")
		s.finish()
		if i := slices.Index(s.order, "a"); i != 2 || s.fails["a"] != nil {
			t.Errorf("served at %d: %v", i, s.fails["a"])
		}
	})
}

func TestS5WhoGoesAwayLeavesTheQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newSlow(t, 1, 2)
		ctx, cancel := context.WithCancel(t.Context())
		s.ask(t.Context(), "192.0.2.1", "a")
		s.ask(ctx, "192.0.2.1", "gone")
		s.ask(ctx, "192.0.2.2", "gone too")
		s.ask(t.Context(), "192.0.2.3", "refused")
		cancel()
		synctest.Wait()
		s.ask(t.Context(), "192.0.2.3", "b")
		s.finish()
		if want := []string{"a", "b"}; !slices.Equal(s.order, want) || len(s.fails) != 3 {
			t.Errorf("hashed %q, want %q; %d failed", s.order, want, len(s.fails))
		}
		if len(s.parties) != 0 || s.free != 1 {
			t.Errorf("%d parties, %d free", len(s.parties), s.free)
		}
	})
}
