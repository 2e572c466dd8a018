package chat_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// slowStore counts queries for sessions and writes of them, and may never end a write.
type slowStore struct {
	chat.Store
	asked, wrote atomic.Int32
	hangs        chan struct{} // nil = no
}

func (s *slowStore) Session(ctx context.Context, hash [32]byte) (chat.Session, error) {
	s.asked.Add(1)
	return s.Store.Session(ctx, hash)
}

func (s *slowStore) TouchSessions(ctx context.Context, seen []chat.Seen) error {
	if s.hangs != nil {
		<-s.hangs
	}
	s.wrote.Add(1)
	return s.Store.TouchSessions(ctx, seen)
}

// slowly opens the House again on a store that counts.
func (k *kit) slowly() *slowStore {
	k.Helper()
	k.check(k.Close())
	store, err := sqlite.Open(k.Context(), k.path, sqlite.Options{Durability: sqlite.Normal})
	k.check(err)
	s := &slowStore{Store: store}
	k.o.Store = s
	k.House, err = chat.Open(k.Context(), k.o)
	k.check(err)
	return s
}

func (k *kit) newcomers(n int) (tokens []string) {
	k.Helper()
	for range n {
		token, _, err := k.NewSession(k.Context(), "ko", "")
		k.check(err)
		tokens = append(tokens, token)
	}
	return tokens
}

func (k *kit) comeBack(tokens ...string) {
	k.Helper()
	for _, token := range tokens {
		_, err := k.Identity(k.Context(), token)
		k.check(err)
	}
}

// Who comes waits for no write and costs one query.
func TestD2VisitorsCostOneQuery(t *testing.T) {
	inside(t, chat.Limits{}, func(k *kit) {
		s := k.slowly()
		tokens := k.newcomers(600)
		time.Sleep(time.Minute)
		s.hangs = make(chan struct{})
		for range 3 {
			k.comeBack(tokens...)
		}
		if n := s.asked.Load(); n != 600 {
			t.Errorf("%d queries for 600 visitors", n)
		}
		close(s.hangs)
		time.Sleep(2 * time.Second)
		if n := s.wrote.Load(); n != 3 { // 256 each
			t.Errorf("%d writes", n)
		}
		for range 50 {
			time.Sleep(time.Minute)
			k.comeBack(tokens...)
		}
		if asked, wrote := s.asked.Load(), s.wrote.Load(); asked != 600 || wrote != 3 {
			t.Errorf("%d queries, %d writes within the hour", asked, wrote)
		}
	})
}

// Who came back isn't taken for one who never did, though that is about to be written, waits for a
// full disk, or is the last thing before the end.
func TestSeenIsWritten(t *testing.T) {
	// The sweep comes a moment behind what it takes for unused.
	day := 24 * time.Hour
	limits := chat.Limits{SessionUnused: day, SessionSweep: day + 100*time.Millisecond}
	t.Run("before the sweep", func(t *testing.T) {
		inside(t, limits, func(k *kit) {
			token := k.newcomers(1)[0]
			time.Sleep(day)
			k.comeBack(token)
			time.Sleep(50 * day)
			k.comeBack(token)
		})
	})
	t.Run("at the end", func(t *testing.T) {
		inside(t, limits, func(k *kit) {
			token := k.newcomers(1)[0]
			time.Sleep(time.Hour)
			k.comeBack(token)
			k.check(k.Close())
			k.start()
			time.Sleep(50 * day)
			k.comeBack(token)
		})
	})
	t.Run("after a full disk", func(t *testing.T) {
		inside(t, limits, func(k *kit) {
			defer k.log.Reset()
			s := k.weaken()
			token := k.newcomers(1)[0]
			time.Sleep(time.Hour)
			s.full.Store(true)
			k.comeBack(token)
			time.Sleep(time.Hour)
			s.full.Store(false)
			time.Sleep(50 * day)
			synctest.Wait()
			k.comeBack(token)
		})
	})
}

// What is remembered has an end.
func TestD2RememberedSessionsAreBounded(t *testing.T) {
	inside(t, chat.Limits{SessionSweep: 1000 * time.Hour}, func(k *kit) {
		s := k.slowly()
		first := k.newcomers(1)[0]
		time.Sleep(time.Second)
		k.comeBack(first)
		for range 3 {
			some := k.newcomers(4_999)
			time.Sleep(time.Second)
			k.comeBack(some...)
			k.comeBack(first) // is used all the time
		}
		if n := s.asked.Load(); n != 3*4_999+1 {
			t.Errorf("%d queries", n)
		}
		if n := k.Remembered(); n > 10_000 {
			t.Errorf("%d sessions are remembered", n)
		}
	})
}

// What is remembered doesn't outlive the session.
func TestS3RememberedTokensEnd(t *testing.T) {
	inside(t, chat.Limits{SessionLife: 3 * time.Hour, SessionSweep: 30 * time.Minute}, func(k *kit) {
		token := k.newcomers(1)[0]
		time.Sleep(time.Second)
		k.comeBack(token)
		time.Sleep(2 * time.Hour)
		k.comeBack(token) // prolongs it
		time.Sleep(2 * time.Hour)
		k.comeBack(token)
		time.Sleep(3 * time.Hour)
		_, err := k.Identity(k.Context(), token)
		k.fails(err, chat.Unauthorized)
		if n := k.Remembered(); n != 0 {
			t.Errorf("%d dead sessions are remembered", n)
		}
	})
}
