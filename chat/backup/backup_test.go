package backup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat/backup"
)

// A backup beside people who write, show images and close rooms is the state of one moment: all
// that was acknowledged before it began, each message whole, each image that it knows.
func TestO3BackupUnderLoad(t *testing.T) {
	d := newData(t)
	by := d.room("long")
	var before int
	for ; before < 20; before++ {
		if err := d.say("long", "early", by); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer stop()
	sent := make([]int, 16)
	for i := range sent {
		wg.Go(func() {
			for ; ctx.Err() == nil; sent[i]++ {
				if err := d.say("long", "late", by); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 4 {
		wg.Go(func() {
			for turn := 0; ctx.Err() == nil; turn++ {
				room := fmt.Sprint(i, "-", turn)
				who := d.room(room)
				for n := range 5 {
					if _, err := d.show(room, 100*i+n, who); err != nil {
						t.Error(err)
					}
				}
				names, err := d.store.RemoveRoom(context.Background(), room)
				if err != nil {
					t.Error(err)
				}
				for _, name := range names {
					if err := d.files.Remove(name); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	parent := t.TempDir()
	start := time.Now()
	n := 0
	for ; n < 5 || time.Since(start) < time.Second; n++ {
		dir := filepath.Join(parent, fmt.Sprint(n))
		sum, err := backup.Make(t.Context(), d.dir, dir)
		if err != nil || len(sum.Lost) > 0 {
			t.Fatalf("backup %d: %+v, %v", n, sum, err)
		}
		if again, err := backup.Verify(t.Context(), dir); err != nil || again.Images != sum.Images || again.Bytes != sum.Bytes {
			t.Fatalf("backup %d: %+v became %+v, %v", n, sum, again, err)
		}
	}
	stop()
	wg.Wait()
	late := 0
	for _, n := range sent {
		late += n
	}
	t.Logf("%d backups beside %d messages", n, late)

	for i := range n {
		to := filepath.Join(parent, fmt.Sprint("restored", i))
		if err := os.Mkdir(to, 0o700); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Restore(t.Context(), filepath.Join(parent, fmt.Sprint(i)), to, false); err != nil {
			t.Fatal(err)
		}
		r := openData(t, to)
		all := messages(t, r.store, "long")
		if len(all) < before+1 {
			t.Errorf("backup %d has %d of %d messages", i, len(all), before+1)
		}
		for j, m := range all {
			if m.Seq != int64(j+1) {
				t.Fatalf("backup %d: message %d has seq %d", i, j+1, m.Seq)
			}
		}
		before = len(all) - 1 // a later backup has what an earlier one had
		if err := r.store.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestO3RestoredBackup(t *testing.T) {
	d, dir := made(t)
	if err := d.say("one", "after the backup", messages(t, d.store, "one")[0].By); err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(to, 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := backup.Restore(t.Context(), dir, to, false); err != nil {
		t.Fatal(err)
	}
	r := openData(t, to)
	if r.store.Epoch() == d.store.Epoch() {
		t.Error("the restored database has the old epoch")
	}
	for _, room := range []string{"one", "two"} {
		all := messages(t, r.store, room)
		if len(all) != 7 {
			t.Fatalf("%d messages", len(all))
		}
		for _, m := range all {
			if m.Media == nil {
				continue
			}
			was, now := read(t, d, m.Media[0].Name), read(t, r, m.Media[0].Name)
			if was != now || len(now) == 0 {
				t.Errorf("an image of %d bytes became one of %d", len(was), len(now))
			}
		}
	}
	if runtime.GOOS == "windows" {
		return // modes mean nothing there
	}
	for _, top := range []string{dir, to} {
		filepath.WalkDir(top, func(path string, e fs.DirEntry, err error) error {
			if info, err := e.Info(); err != nil || info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s: %v, %v", path, info.Mode(), err)
			}
			return nil
		})
	}
}

func read(t *testing.T, d *data, name string) string {
	t.Helper()
	f, err := d.files.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestO3VerifyFindsOneFlippedByte(t *testing.T) {
	_, dir := made(t)
	if _, err := backup.Verify(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	flips := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		step := len(whole)/20 + 1
		if e.Name() == "SHA256SUMS" {
			step = 1
		}
		for at := 0; at < len(whole); at += step {
			broken := append([]byte(nil), whole...)
			broken[at] ^= 0x20 // also the case of a letter
			if err := os.WriteFile(path, broken, 0o600); err != nil {
				return err
			}
			if _, err := backup.Verify(t.Context(), dir); err == nil {
				t.Errorf("byte %d of %s is another, and nobody knows", at, e.Name())
			}
			flips++
		}
		return os.WriteFile(path, whole, 0o600)
	})
	if err != nil || flips < 200 {
		t.Fatal(flips, err)
	}
	if _, err := backup.Verify(t.Context(), dir); err != nil {
		t.Fatal(err)
	}

	// A file less, or one more.
	for _, name := range []string{"secret", "chat.db", "SHA256SUMS"} {
		path := filepath.Join(dir, name)
		if err := os.Rename(path, dir+".aside"); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(t.Context(), dir); err == nil {
			t.Errorf("%s is missing, and nobody knows", name)
		}
		if err := os.Rename(dir+".aside", path); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"more", "chat.db-wal", "media/more"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(t.Context(), dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s is there: %v", name, err)
		}
		os.Remove(path)
	}
}

// An image that was lost before is told, and the rest is saved.
func TestO3LostImages(t *testing.T) {
	d, _ := made(t)
	all := messages(t, d.store, "one")
	missing, damaged := all[2].Media[0].Name, all[4].Media[0].Name
	path := func(name string) string { return filepath.Join(d.dir, "media", name[:2], name[2:4], name) }
	if err := errors.Join(os.Remove(path(missing)), os.WriteFile(path(damaged), []byte("GIF"), 0o600)); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "backup")
	sum, err := backup.Make(t.Context(), d.dir, dir)
	if err != nil || len(sum.Lost) != 2 || sum.Images != 5 {
		t.Fatalf("%+v, %v", sum, err)
	}
	again, err := backup.Verify(t.Context(), dir)
	if err != nil || len(again.Lost) != 2 || !strings.Contains(strings.Join(again.Lost, " "), missing) {
		t.Errorf("%+v, %v", again, err)
	}
}

// What fails leaves nothing that looks like a backup, and what is there isn't touched.
func TestBackupsThatFail(t *testing.T) {
	d, dir := made(t)
	parent := t.TempDir()
	left := func() []os.DirEntry {
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		return entries
	}
	if _, err := backup.Make(t.Context(), d.dir, dir); err == nil || !strings.Contains(err.Error(), "new name") {
		t.Errorf("written over another: %v", err)
	}
	if _, err := backup.Verify(t.Context(), dir); err != nil {
		t.Error(err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	for name, try := range map[string]func() error{
		"no data":      func() error { _, err := backup.Make(t.Context(), parent, filepath.Join(parent, "b")); return err },
		"cut short":    func() error { _, err := backup.Make(ended, d.dir, filepath.Join(parent, "b")); return err },
		"no backup":    func() error { _, err := backup.Verify(t.Context(), d.dir); return err },
		"verify ended": func() error { _, err := backup.Verify(ended, dir); return err },
	} {
		if err := try(); err == nil {
			t.Errorf("%s: no error", name)
		} else {
			t.Log(name, ":", err)
		}
		if all := left(); len(all) > 0 {
			t.Errorf("%s: %v", name, all)
		}
	}
}
