// Package disk makes files that survive the loss of power.
package disk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Copy copies a file to a new one, for its owner alone, whose folder is made if need be. It returns
// the SHA-256 of what it wrote. What fails leaves no file.
func Copy(from, to string) (sum [32]byte, err error) {
	in, err := os.Open(from)
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
	_, err = io.Copy(io.MultiWriter(out, h), in)
	if err := errors.Join(err, out.Sync(), out.Close()); err != nil {
		return sum, fmt.Errorf("copy %s: %w", from, errors.Join(err, os.Remove(to)))
	}
	return [32]byte(h.Sum(nil)), nil
}

// SyncDir makes the names in a folder last. Not every system can; the files themselves are safe.
func SyncDir(path string) {
	if d, err := os.Open(path); err == nil {
		d.Sync()
		d.Close()
	}
}
