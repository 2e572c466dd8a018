// Package disk reads files that end, and makes files that survive the loss of power.
package disk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Open opens a file to read it. What isn't a regular one fails: a pipe may wait forever, and a
// device never end.
func Open(path string) (*os.File, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", path)
	}
	return os.Open(path)
}

// Sum is the SHA-256 of a file.
func Sum(ctx context.Context, path string) (sum [32]byte, err error) {
	f, err := Open(path)
	if err != nil {
		return sum, err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, reader{ctx, f}); err != nil {
		return sum, fmt.Errorf("read %s: %w", path, err)
	}
	return [32]byte(h.Sum(nil)), nil
}

// Copy copies a file to a new one, for its owner alone, whose folder is made if need be. It returns
// the SHA-256 of what it wrote. What fails leaves no file.
func Copy(ctx context.Context, from, to string) (sum [32]byte, err error) {
	in, err := Open(from)
	if err != nil {
		return sum, fmt.Errorf("copy: %w", err)
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return sum, fmt.Errorf("copy %s: %w", from, err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return sum, fmt.Errorf("copy %s: %w", from, err)
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), reader{ctx, in})
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return sum, fmt.Errorf("copy %s: %w", from, errors.Join(err, os.Remove(to)))
	}
	return [32]byte(h.Sum(nil)), nil
}

// reader reads until ctx ends.
type reader struct {
	ctx context.Context
	r   io.Reader
}

func (r reader) Read(b []byte) (int, error) {
	if r.ctx.Err() != nil {
		return 0, context.Cause(r.ctx)
	}
	return r.r.Read(b)
}

// SyncDir makes the names in a folder last. Not every system can; the files themselves are safe.
func SyncDir(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}
