package sqlite_test

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// ledger adds up what an Observer is told.
type ledger struct {
	mu                           sync.Mutex
	commits, jobs, failed, moved int // guarded by mu
}

func (l *ledger) observer() *sqlite.Observer {
	return &sqlite.Observer{
		Committed: func(took time.Duration, jobs int, err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.commits++
			l.jobs += jobs
			if err != nil {
				l.failed++
			}
			if took < 0 || jobs < 1 {
				panic("a transaction of nothing")
			}
		},
		Checkpointed: func(err error) {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.moved++
		},
	}
}

func (l *ledger) read() ledger {
	l.mu.Lock()
	defer l.mu.Unlock()
	return ledger{commits: l.commits, jobs: l.jobs, failed: l.failed, moved: l.moved}
}

func TestO6CommitsAreTold(t *testing.T) {
	var l ledger
	path := filepath.Join(t.TempDir(), "chat.db")
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{Observer: l.observer()})
	if err != nil {
		t.Fatal(err)
	}
	add := func() error {
		now := time.Now()
		return s.AddSession(t.Context(), chat.Session{Identity: chat.Identity{ID: chat.NewID()},
			TokenHash: [32]byte([]byte((chat.NewID() + chat.NewID())[:32])), Created: now, Seen: now, Expires: now})
	}
	var work sync.WaitGroup
	for range 8 {
		work.Go(func() {
			for range 50 {
				if err := add(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	work.Wait()
	st := s.Stats()
	if st.Messages != 0 || st.Later != 0 || st.QueueMost < 64 || st.Database < 4096 || st.Log < 4096 {
		t.Errorf("%+v", st)
	}
	if err := sqlite.Fill(s, 0); err != nil {
		t.Fatal(err)
	}
	before := l.read().failed
	for range 1000 {
		if err = add(); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "commit") {
		t.Fatalf("the disk isn't full: %v", err)
	}
	if err := sqlite.Fill(s, -1); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.Append(t.Context(), chat.Entry{Message: chat.Message{Room: "none", CID: "c"}}, nil); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a message for no room: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	got := l.read()
	if got.jobs < 400 || got.commits > got.jobs || got.moved < 1 {
		t.Errorf("told of %d transactions with %d jobs and %d checkpoints", got.commits, got.jobs, got.moved)
	}
	// What can't be kept for its own sake is no failure of the disk.
	if before != 0 || got.failed != 1 {
		t.Errorf("%d failures, %d before the disk was full", got.failed, before)
	}
	if st := s.Stats(); st.Log != 0 {
		t.Errorf("closed: %+v", st)
	}
}
