package main

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

// fingerprint tells the state of a folder: names, modes, times and contents.
func fingerprint(t *testing.T, dir string) map[string]string {
	t.Helper()
	prints := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		print := fmt.Sprint(info.Mode(), info.ModTime())
		if d.Type().IsRegular() {
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			print = fmt.Sprintf("%s %d bytes %x", print, len(data), sha256.Sum256(data))
		}
		prints[path] = print
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return prints
}

// unchanged compares fingerprints.
func unchanged(t *testing.T, before, after map[string]string) {
	t.Helper()
	for path := range after {
		if before[path] == "" {
			t.Errorf("%s is new", path)
		}
	}
	for path, print := range before {
		if after[path] != print {
			t.Errorf("%s was %q and is %q", path, print, after[path])
		}
	}
}

// A second start on the same folder says who has it and changes nothing, wherever it listens.
func TestR3SecondStart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	// An upload is under way, one is done and not yet a message, and one was left by a crash.
	for _, name := range []string{"upload-1", "ab/cd/abcd0123456789abcdef0123456789ab.gif", "upload-2"} {
		path := filepath.Join(dir, "media", name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("GIF"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := fingerprint(t, dir)
	for listen, words := range map[string][]string{
		strings.TrimPrefix(m.URL(), "http://"): {"another program listens on"},
		"localhost:0":                          {dir, fmt.Sprintf("in use by process %d, which began at %d-", os.Getpid(), time.Now().UTC().Year()), "--data"},
	} {
		second := &Main{Listen: listen, Data: dir, Log: slog.New(slog.DiscardHandler)}
		err := second.Run(t.Context())
		if err == nil {
			second.Close()
			t.Fatalf("%s: a second process starts", listen)
		}
		for _, word := range words {
			if !strings.Contains(err.Error(), word) {
				t.Errorf("%s: %v", listen, err)
			}
		}
	}
	unchanged(t, before, fingerprint(t, dir))
	if a := b.do("POST", "/room/"+room+"/chat", `{"chat":"still here"}`); a.status != 200 {
		t.Errorf("chat: %+v", a)
	}
	m.Close()
	start(t, dir) // the folder is free again
}

// A start whose address is taken doesn't even make the folder.
func TestR3AddressBeforeData(t *testing.T) {
	taken, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := filepath.Join(t.TempDir(), "data")
	m := &Main{Listen: taken.Addr().String(), Data: dir, Log: slog.New(slog.DiscardHandler)}
	if err := m.Run(t.Context()); err == nil || !strings.Contains(err.Error(), "listen:") {
		t.Errorf("started: %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder: %v", err)
	}
}

// A start that fails with the data gives up its address and the folder.
func TestR3FailedStartLetsGo(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	address := strings.TrimPrefix(m.URL(), "http://")
	m.Close()
	secret := filepath.Join(dir, "secret")
	whole, err := os.ReadFile(secret)
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range [][]byte{[]byte("short"), whole} {
		if err := os.WriteFile(secret, s, 0o600); err != nil {
			t.Fatal(err)
		}
		m := &Main{Listen: address, Data: dir, Log: slog.New(slog.DiscardHandler)}
		err := m.Run(t.Context())
		m.Close()
		if (err == nil) != (len(s) == secretSize) {
			t.Errorf("a secret of %d bytes: %v", len(s), err)
		}
	}
}

// Where the name of the process can't be written, as on a full disk, the folder is locked all the
// same.
func TestLockWithoutAName(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("there is no file like this here")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	start(t, dir)
	if err := (&Main{Listen: "localhost:0", Data: dir}).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "in use by") {
		t.Errorf("started: %v", err)
	}
}

// Whoever removes the file lets nobody else in: a second start is refused and doesn't make it anew.
func TestR3SecondStartWithoutTheFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Log("the file can't be removed here")
		return
	}
	dir := filepath.Join(t.TempDir(), "data")
	m, _ := start(t, dir)
	if err := os.Remove(filepath.Join(dir, "lock")); err != nil {
		t.Fatal(err)
	}
	second := &Main{Listen: "localhost:0", Data: dir, Log: slog.New(slog.DiscardHandler)}
	if err := second.Run(t.Context()); err == nil || !strings.Contains(err.Error(), dir+" is in use by another process") {
		second.Close()
		t.Errorf("started: %v", err)
	}
	if _, err := os.Stat(filepath.Join(dir, "lock")); !os.IsNotExist(err) {
		t.Errorf("the file: %v", err)
	}
	m.Close()
	start(t, dir) // the folder is free again
}
