package sqlite_test

import (
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
)

// written opens a database, adds a session to it, and returns its epoch.
func written(t *testing.T, path string) (epoch string) {
	t.Helper()
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	id, now := chat.NewID(), time.Now()
	if err := s.AddSession(t.Context(), chat.Session{Identity: chat.Identity{ID: id}, TokenHash: sha256.Sum256([]byte(id)),
		Created: now, Seen: now, Expires: now}); err != nil {
		t.Fatal(err)
	}
	return s.Epoch()
}

func replace(t *testing.T, path, from string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

// An older database that is put in place of a newer one has an epoch of its own, and so has the
// newer one when it comes back.
func TestR7OlderDatabase(t *testing.T) {
	dir := t.TempDir()
	path, older, newer := filepath.Join(dir, "chat.db"), filepath.Join(dir, "older"), filepath.Join(dir, "newer")
	seen := map[string]bool{}
	fresh := func(what string) {
		t.Helper()
		before := time.Now().Truncate(time.Millisecond)
		s := open(t, path, sqlite.Options{})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		epoch := s.Epoch()
		if seen[epoch] || s.Began().Before(before) || s.Older() != (len(seen) > 0) {
			t.Errorf("%s has an old epoch, of %v", what, s.Began())
		}
		seen[epoch] = true
		for range 2 {
			if again := written(t, path); again != epoch {
				t.Errorf("%s: a start made epoch %s of %s", what, again, epoch)
			}
		}
		if s = open(t, path, sqlite.Options{}); s.Older() || s.Began().IsZero() || s.Began().After(time.Now()) {
			t.Errorf("%s began at %v when it was opened again", what, s.Began())
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	fresh("a new database")
	replace(t, older, path)
	written(t, path)
	replace(t, newer, path)
	replace(t, path, older)
	fresh("an older one")
	replace(t, path, newer)
	fresh("the newer one again")
	replace(t, path, older)
	fresh("the older one again")
}

// The epoch stays when the file knows less than the database, whatever the reason.
func TestR7FileThatKnowsLess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	epoch := written(t, path)
	first, err := os.ReadFile(path + ".mark")
	if err != nil {
		t.Fatal(err)
	}
	written(t, path)
	for name, content := range map[string][]byte{"behind": first, "empty": nil, "spoiled": {0, 0, 0}} {
		if err := os.WriteFile(path+".mark", content, 0o600); err != nil {
			t.Fatal(err)
		}
		if again := written(t, path); again != epoch {
			t.Errorf("%s: another epoch", name)
		}
	}
	if err := os.Remove(path + ".mark"); err != nil {
		t.Fatal(err)
	}
	if again := written(t, path); again != epoch {
		t.Error("missing: another epoch")
	}
}

// Under load a mark is made once in a while, not at each commit.
func TestMarksAreRare(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	before := markOf(t, path)
	start, commits := time.Now(), 0
	for ; commits == 0 || time.Since(start) < 100*time.Millisecond; commits++ {
		if err := s.EndFormer(t.Context(), "nobody", start); err != nil {
			t.Fatal(err)
		}
	}
	after := markOf(t, path)
	// One at the first commit, and another when this was held up.
	if most := 2 + int64(time.Since(start)/time.Second); after == before || after-before > most {
		t.Errorf("%d commits: mark %d became %d", commits, before, after)
	}
}

// markOf reads the mark beside a database.
func markOf(t *testing.T, path string) int64 {
	t.Helper()
	data, err := os.ReadFile(path + ".mark")
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWrite(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "chat.db"), sqlite.Options{})
	for _, pages := range []int{-1, 0, 100, 0, -1} {
		if err := sqlite.Fill(s, pages); err != nil {
			t.Fatal(err)
		}
		// Messages take what is free.
		var err error
		for i := 0; err == nil && i < 1000 && pages == 0; i++ {
			id := chat.Identity{ID: chat.NewID(), Nickname: strings.Repeat("x", 8<<10)}
			err = s.AddSession(t.Context(), chat.Session{Identity: id, TokenHash: sha256.Sum256([]byte(id.ID))})
		}
		if err := s.Write(t.Context()); (err == nil) != (pages != 0) {
			t.Errorf("room for %d pages: %v", pages, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s.Write(t.Context()) == nil {
		t.Error("a closed store is written")
	}
}

// Looking whether there is room doesn't cost others the room that they need.
func TestWriteFailsAlone(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "chat.db"), sqlite.Options{})
	defer s.Close()
	if err := sqlite.Fill(s, 2); err != nil {
		t.Fatal(err)
	}
	touch := func() error {
		_, err := s.RemoveRoom(t.Context(), "none")
		if errors.Is(err, chat.ErrNotFound) {
			return nil
		}
		return err
	}
	look := func() error { return s.Write(t.Context()) }
	release, queued := s.Hold()
	var jobs []chan error
	for i, job := range []func() error{touch, look, touch, touch, look, look, touch} {
		done := make(chan error, 1)
		go func() { done <- job() }()
		jobs = append(jobs, done)
		for queued() <= i {
			time.Sleep(time.Millisecond)
		}
	}
	time.Sleep(10 * time.Millisecond) // longer than a batch takes jobs
	release()
	for i, done := range jobs {
		looks := i == 1 || i == 4 || i == 5
		if err := <-done; (err != nil) != looks {
			t.Errorf("job %d: %v", i, err)
		}
	}
}
