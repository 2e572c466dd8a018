package sqlite_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/sqlite"
	"github.com/madang-chat/madang/chat/sqlite/sqlitetest"
	"github.com/madang-chat/madang/chat/storetest"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestStore(t *testing.T) {
	for name, o := range map[string]sqlite.Options{"full": {}, "normal": {Durability: sqlite.Normal, Readers: 1}} {
		t.Run(name, func(t *testing.T) {
			dirs := map[*testing.T]string{}
			storetest.Run(t, func(t *testing.T) chat.Store {
				if dirs[t] == "" {
					dirs[t] = t.TempDir()
				}
				path := filepath.Join(dirs[t], "마당 50%?#.db")
				sqlitetest.Prepare(t, path)
				return open(t, path, o)
			}, sqlite.Fill)
		})
	}
}

func open(t testing.TB, path string, o sqlite.Options) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestNewerSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	if err := open(t, path, sqlite.Options{}).Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(t.Context(), path, sqlite.Options{}); err == nil || !strings.Contains(err.Error(), "newer") {
		t.Errorf("a newer schema was opened: %v", err)
	}
}

func TestPragmas(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chat.db")
	s := open(t, path, sqlite.Options{})
	defer s.Close()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var mode, check string
	if err := db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
		t.Errorf("journal mode %q, %v", mode, err)
	}
	if err := db.QueryRow(`PRAGMA integrity_check`).Scan(&check); err != nil || check != "ok" {
		t.Errorf("integrity %q, %v", check, err)
	}
}
