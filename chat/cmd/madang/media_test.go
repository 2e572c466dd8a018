package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Without a folder for images the server isn't ready, until it is back.
func TestR13MediaFolderMovedAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	media := filepath.Join(dir, "media")
	readyz := func(status int) func() bool {
		return func() bool { return b.do("GET", "/readyz", "").status == status }
	}
	waitFor(t, readyz(200))
	if err := os.Rename(media, media+".away"); err != nil {
		t.Fatal(err)
	}
	waitFor(t, readyz(503))
	if err := os.Rename(media+".away", media); err != nil {
		t.Fatal(err)
	}
	waitFor(t, readyz(200))
}

// A start fails where no image can be written, and lets go of the folder.
func TestR3MediaFolderIsReadOnly(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("there is no folder here that nobody can write")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	media := filepath.Join(dir, "media")
	if err := os.Symlink("/proc/self", media); err != nil {
		t.Fatal(err)
	}
	m := &Main{Listen: "localhost:0", Data: dir, Log: slog.New(slog.DiscardHandler)}
	if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "try to write an image: open "+media) {
		m.Close()
		t.Errorf("started: %v", err)
	}
	if err := os.Remove(media); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
}
