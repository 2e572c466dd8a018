package sqlite

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestOpenTwice(t *testing.T) {
	const schema = `CREATE TABLE IF NOT EXISTS line (text TEXT NOT NULL)`
	path := filepath.Join(t.TempDir(), "a folder", "50% #1?.db")
	for want := range 2 {
		db, err := Open(path, schema)
		if err != nil {
			t.Fatal(err)
		}
		var mode string
		var lines int
		if err := db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); err != nil || mode != "wal" {
			t.Errorf("journal mode %q, %v", mode, err)
		}
		if err := db.QueryRow(`SELECT count(*) FROM line`).Scan(&lines); err != nil || lines != want {
			t.Errorf("%d lines, %v; want %d", lines, err, want)
		}
		if _, err := db.Exec(`INSERT INTO line VALUES ('x')`); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenBroken(t *testing.T) {
	if db, err := Open(filepath.Join(t.TempDir(), "a.db"), "CREATE NONSENSE"); err == nil {
		db.Close()
		t.Error("a broken schema is accepted")
	}
}
