package main

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// zipped are the files of a zip.
func zipped(t *testing.T, data []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(b)
	}
	return files
}

// A room is written while it is used, and the same when no server runs.
func TestExport(t *testing.T) {
	dir, out := filepath.Join(t.TempDir(), "data"), t.TempDir()
	data := "--data=" + dir
	fails(t, []string{"export", "room", data}, "no server is running", "doesn't exist")
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당","password":"s3cret-pass","slug":"독서-모임"}`)
	b.sit(room)
	b.say(room, "안녕")
	img := animation(t, 8, 2)
	a, err := b.upload(room, img)
	if err != nil || a.status != 200 {
		t.Fatalf("%+v, %v", a, err)
	}

	file := filepath.Join(out, "room.zip")
	if text := does(t, "export", room, file, data); !strings.Contains(text, "The room is in "+file) || !strings.Contains(text, "private") {
		t.Errorf("%q", text)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
	fails(t, []string{"export", room, file, data}, "is there already")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	files := zipped(t, whole)
	lines := strings.Split(strings.TrimSpace(files["messages.jsonl"]), "\n")
	var last struct {
		Seq   int
		Media []struct{ File string }
	}
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil || len(files) != 4 || len(lines) != 4 || last.Seq != 4 ||
		!strings.HasPrefix(files[last.Media[0].File], "GIF89a") || !strings.Contains(lines[2], "안녕") {
		t.Errorf("%d files, %v, %+v", len(files), lines, last)
	}
	if strings.Contains(fmt.Sprint(files), "s3cret") || strings.Contains(fmt.Sprint(files), "argon2") {
		t.Error("the password is in the zip")
	}
	fails(t, []string{"export", "nothing-like-it", data}, "no such room")
	fails(t, []string{"export", room, filepath.Join(out, "none", "x.zip"), data}, "make the zip")

	t.Chdir(out)
	does(t, "export", m.URL()+"/r/"+room, data)
	if named, err := filepath.Glob("room-" + room[:8] + "-*.zip"); err != nil || len(named) != 1 {
		t.Errorf("%v, %v", named, err)
	}
	m.Close()
	fails(t, []string{"export", "nothing-like-it", data}, "no such room")
	again := zipped(t, []byte(does(t, "export", room[:6], "-", data)))
	if again["messages.jsonl"] != files["messages.jsonl"] || again[last.Media[0].File] != files[last.Media[0].File] {
		t.Errorf("without a server:\n%s\nwith one:\n%s", again["messages.jsonl"], files["messages.jsonl"])
	}
	for _, name := range []string{"독서-모임", m.URL() + "/r/%EB%8F%85%EC%84%9C-%EB%AA%A8%EC%9E%84"} {
		if by := zipped(t, []byte(does(t, "export", name, "-", data))); by["messages.jsonl"] != files["messages.jsonl"] {
			t.Errorf("%s:\n%s", name, by["messages.jsonl"])
		}
	}
	lock, err := lockFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	fails(t, []string{"export", room, data}, "in use by") // somebody else at work, with no door
	lock.Close()
	start(t, dir)
	if left, err := os.ReadDir(out); err != nil || slices.ContainsFunc(left, func(e os.DirEntry) bool { return strings.Contains(e.Name(), "unfinished") }) {
		t.Errorf("%v, %v", left, err)
	}
}

// An image that can't be read makes no zip that looks whole.
func TestExportThatFails(t *testing.T) {
	dir, out := filepath.Join(t.TempDir(), "data"), t.TempDir()
	m, _ := start(t, dir)
	b := newBrowser(t, m.URL())
	room := b.openRoom(`{"title":"마당"}`)
	b.sit(room)
	if a, err := b.upload(room, animation(t, 8, 2)); err != nil || a.status != 200 {
		t.Fatalf("%+v, %v", a, err)
	}
	images, err := filepath.Glob(filepath.Join(dir, "media", "??", "??", "*"))
	if err != nil || len(images) != 1 {
		t.Fatalf("%v, %v", images, err)
	}
	if err := os.Remove(images[0]); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(images[0], 0o700); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"export", room, filepath.Join(out, "x.zip"), "--data=" + dir}} {
		fails(t, args, "write the image", filepath.Base(images[0]))
	}
	m.Close()
	fails(t, []string{"export", room, filepath.Join(out, "x.zip"), "--data=" + dir}, "write the image")
	if left, err := os.ReadDir(out); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}
