package backup_test

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/backup"
)

func entries(t *testing.T, dir string) string {
	t.Helper()
	all, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range all {
		names = append(names, e.Name())
	}
	return strings.Join(names, " ")
}

func TestO3RestoreOverData(t *testing.T) {
	d, dir := made(t)
	if err := d.say("one", "after the backup", messages(t, d.store, "one")[0].By); err != nil {
		t.Fatal(err)
	}
	old := d.store.Epoch()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "note"), []byte("of the operator"), 0o600); err != nil {
		t.Fatal(err)
	}
	before := entries(t, d.dir)
	if _, err := backup.Restore(t.Context(), dir, d.dir, false); err == nil || !strings.Contains(err.Error(), "--replace") {
		t.Errorf("restored over data: %v", err)
	}
	if after := entries(t, d.dir); after != before {
		t.Errorf("%q became %q", before, after)
	}
	replaced, err := backup.Restore(t.Context(), dir, d.dir, true)
	if err != nil {
		t.Fatal(err)
	}
	if names := entries(t, d.dir); strings.Join(strings.Fields(names), " ") != "chat.db media note "+filepath.Base(replaced)+" secret" {
		t.Errorf("the folder holds %s", names)
	}
	r := openData(t, d.dir)
	if n := len(messages(t, r.store, "one")); n != 7 || r.store.Epoch() == old {
		t.Errorf("%d messages, epoch %s, was %s", n, r.store.Epoch(), old)
	}
	aside := openData(t, replaced)
	if n := len(messages(t, aside.store, "one")); n != 8 || aside.store.Epoch() != old {
		t.Errorf("aside: %d messages, epoch %s, was %s", n, aside.store.Epoch(), old)
	}
}

// Restoring that is cut short anywhere is told, and can be done again.
func TestRestoreThatIsCutShort(t *testing.T) {
	d, dir := made(t)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	// Before anything was moved the old data is whole.
	next := filepath.Join(d.dir, "restoring.new", "media")
	if err := os.MkdirAll(next, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := backup.Unfinished(d.dir); err != nil {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if _, err := backup.Restore(ended, dir, d.dir, true); err == nil {
		t.Error("restored without time")
	}
	if names := entries(t, d.dir); names != "chat.db chat.db.mark media secret" {
		t.Errorf("the folder holds %s", names)
	}
	// Later the folder is neither old nor new. Whenever that happens, also twice, all of the old
	// data ends in one folder.
	renames := 1 // before the first, nothing has changed
	for ; ; renames++ {
		data := filepath.Join(t.TempDir(), "data")
		if err := os.CopyFS(data, os.DirFS(d.dir)); err != nil {
			t.Fatal(err)
		}
		whole := entries(t, data)
		end := backup.CutShort(renames)
		replaced, err := backup.Restore(t.Context(), dir, data, true)
		if err == nil {
			end()
			break
		}
		if err := backup.Unfinished(data); err == nil || !strings.Contains(err.Error(), "madang restore") {
			t.Errorf("%d renames: unfinished: %v", renames, err)
		}
		if _, err := backup.Make(t.Context(), data, dir+"2"); err == nil {
			t.Errorf("%d renames: half a folder was backed up", renames)
		}
		if _, err := backup.Restore(ended, dir, data, true); err == nil || backup.Unfinished(data) == nil {
			t.Errorf("%d renames: it ends without time: %v", renames, err)
		}
		backup.CutShort(renames % 3)
		again, err := backup.Restore(t.Context(), dir, data, false)
		if err == nil {
			t.Fatalf("%d renames: it isn't cut short twice", renames)
		}
		end()
		last, err := backup.Restore(t.Context(), dir, data, false)
		if err != nil {
			t.Fatalf("%d renames: %v", renames, err)
		}
		replaced += again + last // one of them
		if names := entries(t, replaced); names != whole {
			t.Errorf("%d renames: of %s, %s was moved aside", renames, whole, names)
		}
		if names := entries(t, data); names != "chat.db media "+filepath.Base(replaced)+" secret" {
			t.Errorf("%d renames: the folder holds %s", renames, names)
		}
		r := openData(t, data)
		if n := len(messages(t, r.store, "one")); n != 7 {
			t.Errorf("%d renames: %d messages", renames, n)
		}
	}
	if renames != 8 { // of four old names, of the folder, of three new names
		t.Errorf("%d renames", renames)
	}
}

// Data that can't be moved, as a volume of its own, stays as it is, and so does the folder.
func TestRestoreOverDataThatStays(t *testing.T) {
	d, dir := made(t)
	if err := d.say("one", "after the backup", messages(t, d.store, "one")[0].By); err != nil {
		t.Fatal(err)
	}
	old := d.store.Epoch()
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	before := entries(t, d.dir)
	stays := func() {
		t.Helper()
		if err := backup.Unfinished(d.dir); err != nil {
			t.Error(err)
		}
		if after := entries(t, d.dir); after != before {
			t.Errorf("%q became %q", before, after)
		}
	}
	for name := range strings.FieldsSeq(before) {
		end := backup.Hold(name)
		_, err := backup.Restore(t.Context(), dir, d.dir, true)
		end()
		if err == nil || !strings.Contains(err.Error(), filepath.Join(d.dir, name)+" can't be moved") {
			t.Errorf("%s: %v", name, err)
		}
		stays()
	}
	// A restore that was cut short, too, as when media wasn't a volume yet.
	end := backup.CutShort(1)
	if _, err := backup.Restore(t.Context(), dir, d.dir, true); err == nil || backup.Unfinished(d.dir) == nil {
		t.Errorf("it isn't cut short: %v", err)
	}
	end()
	end = backup.Hold("media")
	if _, err := backup.Restore(t.Context(), dir, d.dir, false); err == nil || !strings.Contains(err.Error(), "can't be moved") {
		t.Error(err)
	}
	end()
	stays()
	r := openData(t, d.dir)
	if n := len(messages(t, r.store, "one")); n != 8 || r.store.Epoch() != old {
		t.Errorf("%d messages, epoch %s, was %s", n, r.store.Epoch(), old)
	}
}

func TestRestoreOfANewerSchema(t *testing.T) {
	d, _ := made(t)
	if err := d.store.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(d.dir, "chat.db"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)`)
	db.Close()
	if err != nil {
		t.Fatal(err)
	}
	dir, to := filepath.Join(t.TempDir(), "backup"), t.TempDir()
	if _, err := backup.Make(t.Context(), d.dir, dir); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), dir, to, false); err == nil || !strings.Contains(err.Error(), "newer program") {
		t.Errorf("restored: %v", err)
	}
	if names := entries(t, to); names != "" {
		t.Errorf("left: %s", names)
	}
}
