package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/backup"
)

// A link to what never ends to be read isn't read.
func TestO3BackupsWithADevice(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("there is no file like this here")
		return
	}
	for _, name := range []string{"more", "secret", "chat.db", "media/more", "SHA256SUMS"} {
		_, dir := made(t)
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := os.Symlink("/dev/zero", path); err != nil {
			t.Fatal(err)
		}
		if _, err := backup.Verify(t.Context(), dir); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: verified: %v", name, err)
		}
		if strings.Contains(name, "more") {
			continue // it isn't restored
		}
		if _, err := backup.Restore(t.Context(), dir, t.TempDir(), false); err == nil || !strings.Contains(err.Error(), "no regular file") {
			t.Errorf("%s: restored: %v", name, err)
		}
	}
}

// Links name a backup, a data folder and the folder of its images as well as they themselves do.
func TestO3BackupsByLinks(t *testing.T) {
	d, dir := made(t)
	parent := t.TempDir()
	link := func(to, name string) string {
		t.Helper()
		path := filepath.Join(parent, name)
		if err := os.Symlink(to, path); err != nil {
			if runtime.GOOS == "windows" {
				t.Skip(err) // few may make links there
			}
			t.Fatal(err)
		}
		return path
	}
	latest := link(dir, "latest")
	sum, err := backup.Verify(t.Context(), latest)
	if err != nil || sum.Images != 6 {
		t.Errorf("%+v, %v", sum, err)
	}
	to := t.TempDir()
	if _, err := backup.Restore(t.Context(), latest, link(to, "to"), false); err != nil {
		t.Error(err)
	}
	media := filepath.Join(d.dir, "media")
	if err := errors.Join(os.Rename(media, filepath.Join(parent, "media")), os.Symlink(filepath.Join(parent, "media"), media)); err != nil {
		t.Fatal(err)
	}
	saved := filepath.Join(parent, "saved")
	if sum, err := backup.Make(t.Context(), link(d.dir, "data"), saved); err != nil || sum.Images != 6 || len(sum.Lost) > 0 {
		t.Errorf("%+v, %v", sum, err)
	}
	if _, err := backup.Verify(t.Context(), saved); err != nil {
		t.Error(err)
	}
}

// A folder that can't be looked into isn't one with half a restore.
func TestUnfinishedOfNoFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS == "windows" {
		t.Log("a file has no entries here")
		return
	}
	err := backup.Unfinished(file)
	if err == nil || strings.Contains(err.Error(), "madang restore") {
		t.Errorf("unfinished: %v", err)
	}
}
