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

	"github.com/madang-chat/madang/chat/internal/disk"
	"github.com/madang-chat/madang/chat/sqlite"
)

// Names in a data folder.
const (
	prepared       = "restoring.new" // a folder: what Restore makes first
	unfinished     = "restoring"     // a folder that is there while the data is neither old nor new
	aside          = "restoring.old" // a folder: the old data, until all of it is there
	replacedPrefix = "replaced-"     // the same afterwards, and the time
)

// Unfinished fails when a restore of the data folder was cut short.
func Unfinished(data string) error {
	cut, err := there(inside(data, unfinished))
	if err != nil || !cut {
		return err
	}
	return fmt.Errorf("a restore was cut short, %s is there: run `madang restore` again", inside(data, unfinished))
}

func there(path string) (bool, error) {
	_, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look into the data folder: %w", err)
	}
	return true, nil
}

// Restore puts a backup that Verify found whole into a data folder, which nobody may use meanwhile.
// The database gets a new epoch. A folder that has data is refused unless replace is set: what is
// there then moves to a folder inside of it, whose path is returned. One that was cut short is done
// again from where it stands, with any backup, and needs no replace.
func Restore(ctx context.Context, dir, data string, replace bool) (replaced string, err error) {
	again, err := there(inside(data, unfinished))
	if err != nil {
		return "", err
	}
	old, err := contents(data)
	if err != nil {
		return "", err
	}
	if len(old) > 0 && !replace && !again {
		return "", fmt.Errorf("%s has data (%s): use --replace to move it aside, or another folder",
			data, strings.Join(old, ", "))
	}
	s, err := readSums(dir)
	if err != nil {
		return "", err
	}
	next := inside(data, prepared)
	if err := os.RemoveAll(next); err != nil { // of one that was cut short
		return "", err
	}
	if err := prepare(ctx, s, dir, next); err != nil {
		return "", errors.Join(err, os.RemoveAll(next))
	}
	if !again {
		if err := begin(data, len(old) > 0); err != nil {
			return "", errors.Join(err, os.RemoveAll(next))
		}
	}
	if replaced, err = setAside(data, old); err != nil {
		return replaced, errors.Join(fmt.Errorf("move the old data aside: %w", err), os.RemoveAll(next))
	}
	if err := move([]string{Media, Secret, Database}, next, data); err != nil {
		return replaced, fmt.Errorf("move the restored data in place: %w", err)
	}
	if err := errors.Join(os.Remove(next), os.Remove(inside(data, unfinished))); err != nil {
		return replaced, err
	}
	disk.SyncDir(data)
	return replaced, nil
}

// begin marks the folder as neither old nor new. Before, it has a place for old data, if there is
// any: without that place, in a folder with the mark, all old data is where it will stay.
func begin(data string, old bool) error {
	if err := os.RemoveAll(inside(data, aside)); err != nil { // empty: nothing was moved
		return err
	}
	if old {
		if err := os.Mkdir(inside(data, aside), 0o700); err != nil {
			return err
		}
		disk.SyncDir(data)
	}
	if err := os.Mkdir(inside(data, unfinished), 0o700); err != nil {
		return err
	}
	disk.SyncDir(data)
	return nil
}

// setAside empties the folder of its data: old data is moved to a folder with the time in its name,
// what an earlier restore moved in is removed. When old data can't be moved, all of it stays.
func setAside(data string, names []string) (replaced string, err error) {
	old, err := there(inside(data, aside))
	if err != nil {
		return "", err
	}
	if !old {
		for _, name := range names {
			if err := os.RemoveAll(inside(data, name)); err != nil {
				return "", err
			}
		}
		return "", nil
	}
	for _, name := range names {
		if err := rename(inside(data, name), filepath.Join(data, aside, name)); err != nil {
			return "", errors.Join(fmt.Errorf("%s can't be moved: is it a volume of its own? Restore into an empty folder instead: %w",
				inside(data, name), err), putBack(data))
		}
	}
	disk.SyncDir(data)
	disk.SyncDir(inside(data, aside))
	replaced = inside(data, replacedPrefix+time.Now().UTC().Format("20060102-150405.000"))
	if err := rename(inside(data, aside), replaced); err != nil {
		return "", err
	}
	disk.SyncDir(data)
	return replaced, nil
}

// putBack undoes what setAside has moved, and then begin: nothing but old data is in the folder.
func putBack(data string) error {
	entries, err := os.ReadDir(inside(data, aside))
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if err := move(names, inside(data, aside), data); err != nil {
		return err
	}
	// In this order: without that place the mark would say that the data is new.
	if err := os.Remove(inside(data, unfinished)); err != nil {
		return err
	}
	disk.SyncDir(data)
	return os.Remove(inside(data, aside))
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
	if err := s.copy(ctx, dir, temp, Database); err != nil {
		return err
	}
	if err := sqlite.Renew(ctx, inside(temp, Database)); err != nil {
		return fmt.Errorf("restore the database: %w", err)
	}
	for name := range s.files {
		if name == Database {
			continue
		}
		if err := s.copy(ctx, dir, temp, name); err != nil {
			return err
		}
	}
	return syncDirs(temp)
}

// copy copies a file that the sums know.
func (s *sums) copy(ctx context.Context, dir, to, name string) error {
	sum, err := disk.Copy(ctx, inside(dir, name), inside(to, name))
	if err != nil {
		return err
	}
	if sum != s.files[name] {
		return fmt.Errorf("%s has changed since the backup was made", name)
	}
	return nil
}

// rename is another function in tests.
var rename = os.Rename

// move moves entries of one folder to another.
func move(names []string, from, to string) error {
	for _, name := range names {
		if err := rename(inside(from, name), inside(to, name)); err != nil {
			return err
		}
	}
	disk.SyncDir(from)
	disk.SyncDir(to)
	return nil
}
