package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// lockFolder makes this process the only one that uses a data folder, until the lock is closed or
// the process dies. The file stays: it says who has the lock, or had it last.
func lockFolder(dir string) (*flock.Flock, error) {
	path := filepath.Join(dir, "lock")
	lock := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("the data folder %s is in use by %s: end that first, or choose another folder with --data",
			dir, holder(path))
	}
	sign(path)
	return lock, nil
}

// signAt is where the name of the process begins: on Windows nobody else can read the byte that is
// locked, the first.
const signAt = 1

// sign names this process. The lock holds without a name too, as on a full disk.
func sign(path string) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	who := fmt.Sprintf("process %d, which began at %s\n", os.Getpid(), time.Now().UTC().Format("2006-01-02 15:04:05 UTC"))
	if f.Truncate(signAt) == nil { // else somebody else's name would be mixed with ours
		f.WriteAt([]byte(who), signAt)
	}
}

func holder(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "another process"
	}
	defer f.Close()
	who, _ := io.ReadAll(io.NewSectionReader(f, signAt, 200))
	if name := strings.TrimSpace(string(who)); name != "" {
		return name
	}
	return "another process"
}
