package backup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/madang-chat/madang/chat/internal/disk"
)

// inside is a path with slashes below a folder.
func inside(dir, name string) string { return filepath.Join(dir, filepath.FromSlash(name)) }

func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

// syncDirs makes the names in a folder and those below it last. Not every system can.
func syncDirs(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			disk.SyncDir(path)
		}
		return err
	})
}
