package media_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/media"
)

func open(t *testing.T, dir string) *media.Files {
	t.Helper()
	f, err := media.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tree lists the files below a folder.
func tree(t *testing.T, dir string) (paths []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			paths = append(paths, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func TestF3NamesAndTailsAreOurs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "media")
	f := open(t, dir)
	in := gifOf(t, 3)
	m, err := f.Save(iotest.OneByteReader(bytes.NewReader(append(bytes.Clone(in), "tail"...))))
	if err != nil {
		t.Fatal(err)
	}
	want := chat.Media{Name: m.Name, MIME: "image/gif", W: 20, H: 10, Frames: 3, Bytes: int64(len(in)), SHA256: sha256.Sum256(in)}
	if m != want || !regexp.MustCompile(`^[0-9a-f]{32}\.gif$`).MatchString(m.Name) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if got := tree(t, dir); len(got) != 1 || got[0] != m.Name[:2]+"/"+m.Name[2:4]+"/"+m.Name {
		t.Errorf("files %v", got)
	}
	if err := f.Names(func(name string, _ time.Time) error {
		if name != m.Name {
			t.Errorf("name %q", name)
		}
		return fs.SkipAll
	}); err != nil {
		t.Error(err)
	}
	r, err := f.Open(m.Name)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, in) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	for range 2 {
		if err := f.Remove(m.Name); err != nil {
			t.Errorf("remove: %v", err)
		}
	}
	if got := tree(t, dir); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	if _, err := f.Open(m.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open what was removed: %v", err)
	}
}

func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	f := open(t, dir)
	g := gifOf(t, 1)
	for name, r := range map[string]io.Reader{
		"broken":     bytes.NewReader(g[:len(g)-1]),
		"html":       strings.NewReader("<html>"),
		"too large":  io.MultiReader(bytes.NewReader(g), io.LimitReader(zeros{}, 5<<20)),
		"connection": io.MultiReader(bytes.NewReader(g[:20]), iotest.ErrReader(errors.New("lost"))),
	} {
		if m, err := f.Save(r); err == nil {
			t.Errorf("%s: saved %+v", name, m)
		}
	}
	if err := f.Check(); err != nil {
		t.Error(err)
	}
	if got := tree(t, dir); len(got) != 0 {
		t.Errorf("left: %v", got)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if err := f.Check(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("checked without a folder: %v", err)
	}
	if _, err := f.Save(bytes.NewReader(g)); chat.CodeOf(err) != chat.Unavailable {
		t.Errorf("without a folder: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestNames(t *testing.T) {
	dir := t.TempDir()
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	f := open(t, filepath.Join(dir, "media"))
	id := strings.Repeat("0a", 16)
	for name, want := range map[string]string{
		id + ".gif": "image/gif", id + ".png": "image/png", id + ".jpg": "image/jpeg", id + ".webp": "image/webp",
		id: "", id + ".html": "", id + ".gif.html": "", id + ".GIF": "", strings.ToUpper(id) + ".gif": "", id[1:] + ".gif": "",
		"../secret": "", "..": "", "": "", "../../" + id[6:] + ".gif": "", id + ".gif\x00.html": "", "C:\\" + id[3:] + ".gif": "",
		"\u202e" + id[3:] + ".gif": "", secret: "",
	} {
		if got := media.TypeOf(name); got != want {
			t.Errorf("type of %q: %q, want %q", name, got, want)
		}
		if _, err := f.Open(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("open %q: %v", name, err)
		}
		if err := f.Remove(name); err != nil {
			t.Errorf("remove %q: %v", name, err)
		}
	}
	if got := tree(t, dir); len(got) != 1 {
		t.Errorf("left: %v", got)
	}
}

func TestLeftOverUploads(t *testing.T) {
	dir := t.TempDir()
	m, err := open(t, dir).Save(bytes.NewReader(gifOf(t, 1)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "upload-123"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"upload-", "upload-x", "upload-1.txt"} { // these aren't ours
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, dir)
	if got := tree(t, dir); len(got) != 5 {
		t.Errorf("opening removes files: %v", got)
	}
	if _, err := f.Open("upload-123"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an upload is served: %v", err)
	}
	old := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(dir, "upload-123"), old, old); err != nil {
		t.Fatal(err)
	}
	// A volume has folders of its own.
	for _, name := range []string{"lost+found", "0g", "0a/lost+found"} {
		foreign := filepath.Join(dir, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(foreign, 0o700), os.Chmod(foreign, 0)); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(foreign)
	}
	var got []string
	if err := f.Names(func(name string, changed time.Time) error {
		got = append(got, name)
		if isOld := changed.Sub(old).Abs() < time.Second; isOld != (name == "upload-123") {
			t.Errorf("%s was changed at %v", name, changed)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
	if slices.Sort(got); !slices.Equal(got, []string{m.Name, "upload-123"}) {
		t.Errorf("names %v", got)
	}
	if err := f.Remove("upload-123"); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Join(dir, "upload-123")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is left: %v", err)
	}
}
