package chat_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

const month = 30 * 24 * time.Hour

// works tells whether a token is that of id.
func (k *kit) works(token string, id chat.Identity) bool {
	k.Helper()
	got, err := k.Identity(k.Context(), token)
	if err != nil {
		k.fails(err, chat.Unauthorized)
		return false
	}
	if got != id {
		k.Errorf("the token of %+v, want %+v", got, id)
	}
	return true
}

func (k *kit) renew(token string) string {
	k.Helper()
	next, err := k.Renew(k.Context(), token)
	k.check(err)
	return next
}

func TestS3TokensAreReplaced(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: 365 * 24 * time.Hour}, func(k *kit) {
		old, id, err := k.NewSession(k.Context(), "ko", "")
		k.check(err)
		time.Sleep(month - time.Second)
		if k.renew(old) != old {
			t.Error("replaced too early")
		}
		time.Sleep(time.Second)
		next := k.renew(old)
		if next == old || next == "" {
			t.Fatalf("replaced by %q", next)
		}
		// All requests of that time are told the same, and the old one works for those under way.
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if got, err := k.Renew(context.Background(), old); got != next || err != nil {
					t.Errorf("told %q, %v, and %q before", got, err, next)
				}
			})
		}
		wg.Wait()
		if k.renew(next) != next || !k.works(old, id) || !k.works(next, id) {
			t.Error("a token doesn't work")
		}
		if got := k.renew(old); got != "" {
			t.Errorf("who has the new token is told %q", got)
		}
		time.Sleep(time.Minute - time.Second)
		if !k.works(old, id) {
			t.Error("the old token ended within a minute")
		}
		k.check(k.Close())
		k.start()
		time.Sleep(time.Second)
		if k.works(old, id) || !k.works(next, id) {
			t.Error("after a minute the old token works, or the new one doesn't")
		}
		_, err = k.Renew(k.Context(), old)
		k.fails(err, chat.Unauthorized)
		time.Sleep(month)
		if third := k.renew(next); third == next || !k.works(third, id) || !k.works(next, id) {
			t.Error("the second token isn't replaced as the first")
		}
	})
}

// The answer with the new token may never arrive: that costs nobody the identity.
func TestS3LostAnswers(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: 365 * 24 * time.Hour}, func(k *kit) {
		old, id, err := k.NewSession(k.Context(), "ko", "")
		k.check(err)
		time.Sleep(month)
		lost := k.renew(old)
		time.Sleep(24 * time.Hour)
		if !k.works(old, id) {
			t.Fatal("the old token ended before the new one was used")
		}
		next := k.renew(old)
		if next == lost || next == old || k.works(lost, id) || !k.works(next, id) {
			t.Errorf("lost %q, told %q", lost, next)
		}
		time.Sleep(time.Minute)
		if k.works(old, id) {
			t.Error("the old token works on")
		}
	})
}

// Several requests come at once with a token that is due.
func TestS3RequestsAtOnce(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: 365 * 24 * time.Hour}, func(k *kit) {
		old, id, err := k.NewSession(k.Context(), "ko", "")
		k.check(err)
		time.Sleep(month)
		var mu sync.Mutex
		told := map[string]bool{}
		var wg sync.WaitGroup
		for range 20 {
			wg.Go(func() {
				next, err := k.Renew(context.Background(), old)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				told[next] = true
			})
		}
		wg.Wait()
		for next := range told {
			if len(told) != 1 || next == old || !k.works(next, id) {
				t.Errorf("told %v", told)
			}
		}
	})
}

// Nobody chooses a token.
func TestS3UnknownTokensAreNotAdopted(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		sum := sha256.Sum256([]byte("chosen"))
		for _, token := range []string{"", "x", base64.RawURLEncoding.EncodeToString(sum[:])} {
			_, err := k.Renew(k.Context(), token)
			k.fails(err, chat.Unauthorized)
			_, err = k.Identity(k.Context(), token)
			k.fails(err, chat.Unauthorized)
		}
	})
}
