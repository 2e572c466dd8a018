package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// secretSize is the bytes of the secret that signs grants.
const secretSize = 32

// openFolder makes the data folder, for its owner alone. An empty one that others may read is
// closed to them; one with something in it is refused, because it may be meant for others.
func openFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := private(dir); err == nil {
		return nil
	} else if entries, readErr := os.ReadDir(dir); readErr != nil || len(entries) > 0 {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return fmt.Errorf("close data folder to others: %w", err)
	}
	return nil
}

// closeFiles takes the database and what SQLite adds to it from others, to whom an older version
// may have left them.
func closeFiles(database string) error {
	for _, path := range []string{database, database + "-wal", database + "-shm"} {
		if err := private(path); err == nil || errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := os.Chmod(path, 0o600); err != nil {
			return fmt.Errorf("close database to others: %w", err)
		}
	}
	return nil
}

// readSecret reads the secret, which is made at the first start.
func readSecret(path string) ([]byte, error) {
	secret, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return makeSecret(path)
	}
	if err != nil {
		return nil, fmt.Errorf("read secret: %w", err)
	}
	if err := private(path); err != nil {
		return nil, err
	}
	if len(secret) != secretSize {
		return nil, fmt.Errorf("secret %s has %d bytes, not %d: remove it, and locked rooms will ask for their passwords again",
			path, len(secret), secretSize)
	}
	return secret, nil
}

// makeSecret writes a new secret under another name first, so that a crash leaves a whole one or
// none.
func makeSecret(path string) ([]byte, error) {
	secret := make([]byte, secretSize)
	rand.Read(secret)
	f, err := os.CreateTemp(filepath.Dir(path), "secret-*") // mode 0600
	if err != nil {
		return nil, fmt.Errorf("make secret: %w", err)
	}
	_, err = f.Write(secret)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write secret: %w", errors.Join(err, os.Remove(f.Name())))
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return nil, fmt.Errorf("name secret: %w", err)
	}
	return secret, nil
}

// private fails when others may read path. Windows has other means, which a mode doesn't show.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("look at %s: %w", path, err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 && runtime.GOOS != "windows" {
		return fmt.Errorf("others may read %s (mode %04o): run chmod go= %s", path, mode, path)
	}
	return nil
}
