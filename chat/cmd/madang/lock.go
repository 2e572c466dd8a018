package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// folderLock makes this process the only one that uses a data folder, until it is closed or the
// process dies.
type folderLock []*flock.Flock

// lockFolder locks a data folder: the folder itself, whatever becomes of the files in it, and the
// file lock, because not every system can lock a folder. The file stays: it says who has the lock,
// or had it last.
func lockFolder(dir string) (folderLock, error) {
	var l folderLock
	path := filepath.Join(dir, "lock")
	inUse := func() error {
		return errors.Join(l.Close(),
			fmt.Errorf("the data folder %s is in use by %s: end that first, or choose another folder with --data", dir, holder(path)))
	}
	if runtime.GOOS != "windows" {
		folder := flock.New(dir, flock.SetFlag(os.O_RDONLY))
		// An error is that of a file system, such as NFS, on which the file has to do.
		if ok, err := folder.TryLock(); ok {
			l = append(l, folder)
		} else if err == nil {
			return nil, inUse()
		}
	}
	file := flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDWR))
	ok, err := file.TryLock()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock data folder: %w", err), l.Close())
	}
	if !ok {
		return nil, inUse()
	}
	sign(path)
	return append(l, file), nil
}

func (l folderLock) Close() error {
	var errs []error
	for _, lock := range l {
		errs = append(errs, lock.Close())
	}
	return errors.Join(errs...)
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
