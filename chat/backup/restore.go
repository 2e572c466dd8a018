package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat/sqlite"
)

// Names of folders in a data folder.
const (
	prepared       = "restoring.new" // what Restore makes first, beside the data
	unfinished     = "restoring"     // the same while it takes the place of the data
	replacedPrefix = "replaced-"     // what was there before, and the time
)

// Unfinished fails when a restore of the data folder was cut short.
func Unfinished(data string) error {
	path := inside(data, unfinished)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("a restore was cut short, %s is there: run `madang restore` again", path)
}

// Restore puts a backup that Verify found whole into a data folder, which nobody may use meanwhile.
// The database gets a new epoch. A folder that has data is refused unless replace is set: what is
// there then moves to a folder inside of it, whose path is returned.
func Restore(ctx context.Context, dir, data string, replace bool) (replaced string, err error) {
	old, err := contents(data)
	if err != nil {
		return "", err
	}
	if len(old) > 0 && !replace {
		return "", fmt.Errorf("%s has data (%s): use --replace to move it aside, or another folder",
			data, strings.Join(old, ", "))
	}
	s, err := readSums(dir)
	if err != nil {
		return "", err
	}
	next, temp := inside(data, prepared), inside(data, unfinished)
	for _, left := range []string{next, temp} { // by one that was cut short
		if err := os.RemoveAll(left); err != nil {
			return "", err
		}
	}
	if err := prepare(ctx, s, dir, next); err != nil {
		return "", errors.Join(err, os.RemoveAll(next))
	}
	// From here on the folder is neither what it was nor what it will be; Unfinished tells.
	if err := os.Rename(next, temp); err != nil {
		return "", err
	}
	syncDir(data)
	if len(old) > 0 {
		replaced = inside(data, replacedPrefix+time.Now().UTC().Format("20060102-150405.000"))
		if err := move(old, data, replaced); err != nil {
			return "", fmt.Errorf("move the old data aside: %w", err)
		}
	}
	if err := move([]string{Media, Secret, Database}, temp, data); err != nil {
		return replaced, fmt.Errorf("move the restored data in place: %w", err)
	}
	if err := os.Remove(temp); err != nil {
		return replaced, err
	}
	syncDir(data)
	return replaced, nil
}

// contents lists what of a data folder is data.
func contents(data string) (names []string, err error) {
	entries, err := os.ReadDir(data)
	if err != nil {
		return nil, fmt.Errorf("look into the data folder: %w", err)
	}
	for _, e := range entries {
		// SQLite and this program keep more beside the database.
		if n := e.Name(); n == Media || n == Secret || n == Database || strings.HasPrefix(n, Database+"-") || strings.HasPrefix(n, Database+".") {
			names = append(names, n)
		}
	}
	return names, nil
}

// prepare copies a backup and gives its database a new epoch. It begins before the images are made,
// so that they are known as its own.
func prepare(ctx context.Context, s *sums, dir, temp string) error {
	if err := os.MkdirAll(inside(temp, Media), 0o700); err != nil {
		return err
	}
	if err := s.copy(dir, temp, Database); err != nil {
		return err
	}
	if err := sqlite.Renew(ctx, inside(temp, Database)); err != nil {
		return fmt.Errorf("restore the database: %w", err)
	}
	for name := range s.files {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if name == Database {
			continue
		}
		if err := s.copy(dir, temp, name); err != nil {
			return err
		}
	}
	return syncDirs(temp)
}

// copy copies a file that the sums know.
func (s *sums) copy(dir, to, name string) error {
	sum, err := copyFile(inside(dir, name), inside(to, name))
	if err != nil {
		return err
	}
	if sum != s.files[name] {
		return fmt.Errorf("%s has changed since the backup was made", name)
	}
	return nil
}

// move moves entries of one folder to another, which is made if need be.
func move(names []string, from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	for _, name := range names {
		if err := os.Rename(inside(from, name), inside(to, name)); err != nil {
			return err
		}
	}
	syncDir(from)
	syncDir(to)
	syncDir(filepath.Dir(to))
	return nil
}
