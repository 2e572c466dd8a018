// Package sqlitetest saves tests the migrations of an empty database, which take most of a second
// with the race detector.
package sqlitetest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/madang-chat/madang/chat/sqlite"
)

// Prepare puts an empty database at a path, as sqlite.Open makes it, unless there is something. It
// is made once and says until when it was open. So either all tests of a package are in a bubble of
// synctest when they call this, or none: there it would be from the future.
func Prepare(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err == nil {
		return
	}
	data, err := empty()
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal("prepare a database:", err)
	}
}

// empty is the file of a database that was opened and closed.
var empty = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "chat.db")
	store, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		return nil, err
	}
	if err := store.Close(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path + "-wal"); err == nil {
		return nil, fmt.Errorf("%s-wal is left", path)
	}
	return os.ReadFile(path)
})
