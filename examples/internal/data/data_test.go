package data

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ variable, want string }{
		{"", filepath.Join("data", "demo")},
		{filepath.Join("some where", "deep"), filepath.Join("some where", "deep")},
	} {
		t.Setenv("DATA", c.variable)
		got, err := Folder("demo")
		if err != nil || got != c.want {
			t.Errorf("DATA=%q: %q, %v", c.variable, got, err)
		}
		if info, err := os.Stat(c.want); err != nil || !info.IsDir() {
			t.Errorf("DATA=%q: no folder: %v", c.variable, err)
		}
	}
	os.WriteFile("file", nil, 0o600)
	t.Setenv("DATA", "file")
	if _, err := Folder("demo"); err == nil {
		t.Error("a file passes for a folder")
	}
}

// The path has characters that mean something in a URL.
func TestOpenKeeps(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a b&c")
	os.Mkdir(folder, 0o700)
	const schema = `CREATE TABLE IF NOT EXISTS word (text TEXT NOT NULL)`
	for i := range 2 {
		db, err := Open(folder, schema)
		if err != nil {
			t.Fatal(err)
		}
		var n int
		var mode string
		if err := db.QueryRow(`SELECT count(*) FROM word`).Scan(&n); err != nil || n != i {
			t.Errorf("start %d: %d words, %v", i, n, err)
		}
		if db.QueryRow(`PRAGMA journal_mode`).Scan(&mode); mode != "wal" {
			t.Errorf("journal mode %q", mode)
		}
		if _, err := db.Exec(`INSERT INTO word VALUES ('말')`); err != nil {
			t.Error(err)
		}
		db.Close()
	}
	if _, err := Open(folder, `CREATE TABLE nonsense`); err == nil || !strings.Contains(err.Error(), "app.db") {
		t.Errorf("bad schema: %v", err)
	}
}
