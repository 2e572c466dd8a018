package media

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/disk"
)

// Files keeps images in a folder: ab/cd/<32 hex digits>.<extension>, named at random by us.
type Files struct {
	Limits Limits // set before the first Save

	dir string
}

var _ chat.Files = (*Files)(nil)

// tempPrefix begins the names of uploads under way.
const tempPrefix = "upload-"

// Open makes the folder, if need be.
func Open(dir string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open media folder: %w", err)
	}
	return &Files{dir: dir}, nil
}

// Check fails when no image can be kept because the folder isn't there or can't be written.
func (f *Files) Check() error {
	temp, err := os.CreateTemp(f.dir, tempPrefix+"*")
	if err != nil {
		return fmt.Errorf("try to write an image: %w", err)
	}
	if err := errors.Join(temp.Close(), os.Remove(temp.Name())); err != nil {
		return fmt.Errorf("try to write an image: %w", err)
	}
	return nil
}

// Save checks an image and keeps it. It returns when the file would survive the loss of power. What
// fails leaves no file: errors are those of [Clean], and chat.Unavailable when it can't be written.
func (f *Files) Save(r io.Reader) (chat.Media, error) {
	temp, err := os.CreateTemp(f.dir, tempPrefix+"*")
	if err != nil {
		return chat.Media{}, notWritten(err)
	}
	m, err := f.save(temp, r)
	if err != nil {
		temp.Close()
		os.Remove(temp.Name())
		return chat.Media{}, err
	}
	return m, nil
}

func (f *Files) save(temp *os.File, r io.Reader) (chat.Media, error) {
	out := &output{File: temp}
	info, err := Clean(out, r, f.Limits)
	if out.err != nil {
		return chat.Media{}, notWritten(out.err)
	}
	if err != nil {
		return chat.Media{}, err
	}
	m := chat.Media{MIME: info.MIME, W: info.W, H: info.H, Frames: info.Frames, Bytes: info.Bytes, Flash: info.Flash}
	var id [16]byte
	rand.Read(id[:])
	m.Name = hex.EncodeToString(id[:]) + "." + info.Ext
	if err := finish(temp, f.path(m.Name), &m.SHA256); err != nil {
		return chat.Media{}, notWritten(err)
	}
	return m, nil
}

// finish sums the file up, makes it last, and gives it its name.
func finish(temp *os.File, path string, sum *[32]byte) error {
	if _, err := temp.Seek(0, io.SeekStart); err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, temp); err != nil {
		return err
	}
	h.Sum(sum[:0])
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	disk.SyncDir(filepath.Dir(path))
	return nil
}

func notWritten(err error) error {
	return &chat.Error{Code: chat.Unavailable, Message: "the image can't be kept", Retryable: true, Err: err}
}

// output remembers its own failure, which isn't the sender's.
type output struct {
	*os.File
	err error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if err != nil {
		o.err = err
	}
	return n, err
}

// Open opens an image by its name; one that can't be ours is fs.ErrNotExist.
func (f *Files) Open(name string) (*os.File, error) {
	if !ours(name) {
		return nil, &fs.PathError{Op: "open", Path: "media", Err: fs.ErrNotExist}
	}
	return os.Open(f.path(name))
}

// Remove deletes an image, or an upload that Names told of; one that isn't there is no error.
func (f *Files) Remove(name string) error {
	if !ours(name) && !isUpload(name) {
		return nil
	}
	if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove image: %w", err)
	}
	return nil
}

// Names calls visit with the name of every image, of every upload that didn't become one, and when
// they were changed, until it fails. What isn't ours is left out: a volume has folders of its own,
// which nobody may read.
func (f *Files) Names(visit func(name string, changed time.Time) error) error {
	// Other than filepath.WalkDir this goes into a folder that is named by a link.
	return fs.WalkDir(os.DirFS(f.dir), ".", func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) { // removed meanwhile
			return nil
		}
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != "." && !isPart(name) {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() || !ours(name) && !isUpload(name) || path != within(name) {
			return nil
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		return visit(name, info.ModTime())
	})
}

// isPart tells the names of our folders.
func isPart(name string) bool { return len(name) == 2 && isHex(name) }

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }

// TypeOf is the MIME type that goes with a stored image's name, "" for a name that isn't one.
func TypeOf(name string) string {
	id, ext, _ := strings.Cut(name, ".")
	if len(id) != 32 || !isHex(id) {
		return ""
	}
	for _, mime := range []string{"image/gif", "image/png", "image/jpeg", "image/webp"} {
		if chat.MediaExt(mime) == ext {
			return mime
		}
	}
	return ""
}

func ours(name string) bool { return TypeOf(name) != "" }

// isUpload tells the names that Save gives to what isn't an image yet.
func isUpload(name string) bool {
	n, ok := strings.CutPrefix(name, tempPrefix)
	return ok && n != "" && strings.Trim(n, "0123456789") == ""
}

// path is where an image of ours lies, or an upload.
func (f *Files) path(name string) string {
	return filepath.Join(f.dir, filepath.FromSlash(within(name)))
}

// within is the same in the folder, with slashes.
func within(name string) string {
	if isUpload(name) {
		return name
	}
	return Path(name)
}

// Path is where an image lies in the folder, with slashes.
func Path(name string) string { return path.Join(name[:2], name[2:4], name) }
