package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"github.com/madang-chat/madang/chat/internal/disk"
)

// migrate brings the schema of the database at path up to date. What is there is migrated as a
// copy, which takes the place of the old database when it is whole. The old one stays beside it as
// its backup, and in its place when anything fails. It refuses a schema that is newer than files.
// The versions that it returns differ when there was something to migrate.
func migrate(ctx context.Context, path string, files fs.FS) (from, to int64, err error) {
	current, newest, err := versions(ctx, path, files)
	switch {
	case err != nil:
		return 0, 0, err
	case current > newest:
		return 0, 0, newerSchema(current, newest)
	case current == newest:
		return newest, newest, nil
	case current == 0: // there is nothing to lose
		return newest, newest, up(ctx, path, files)
	}
	return current, newest, migrateFrom(ctx, path, files, current, newest)
}

func migrateFrom(ctx context.Context, path string, files fs.FS, current, newest int64) error {
	next := path + ".next"
	if err := migrateCopy(ctx, path, next, files); err != nil {
		err = fmt.Errorf("migrate from version %d to %d: %w (the database is as it was)", current, newest, err)
		return errors.Join(err, removeDatabase(next))
	}
	if err := keepBefore(ctx, path, current); err != nil {
		return errors.Join(err, removeDatabase(next))
	}
	if err := os.Rename(next, path); err != nil {
		return fmt.Errorf("put the migrated database in place: %w", err)
	}
	disk.SyncDir(filepath.Dir(path))
	return nil
}

func newerSchema(current, newest int64) error {
	return fmt.Errorf("the schema has version %d, this program knows %d: start a newer program", current, newest)
}

// versions tells the version of the schema at path, and the newest.
func versions(ctx context.Context, path string, files fs.FS) (current, newest int64, err error) {
	err = withProvider(path, files, func(p *goose.Provider, _ *sql.DB) error {
		current, newest, err = p.GetVersions(ctx)
		if err != nil {
			return fmt.Errorf("read schema version: %w", err)
		}
		return nil
	})
	return current, newest, err
}

// up runs all migrations that the database at path lacks.
func up(ctx context.Context, path string, files fs.FS) error {
	return withProvider(path, files, func(p *goose.Provider, _ *sql.DB) error {
		_, err := p.Up(ctx)
		return err
	})
}

func withProvider(path string, files fs.FS, f func(*goose.Provider, *sql.DB) error) error {
	db, err := connect(path, 1)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files)
	if err != nil {
		return errors.Join(fmt.Errorf("read migrations: %w", err), db.Close())
	}
	return errors.Join(f(p, db), db.Close())
}

// migrateCopy makes next, a migrated copy of the database at path, and leaves path without a log.
func migrateCopy(ctx context.Context, path, next string, files fs.FS) error {
	if err := removeDatabase(next); err != nil { // of a start that was cut short
		return err
	}
	if err := Snapshot(ctx, path, next); err != nil {
		return err
	}
	if err := up(ctx, next, files); err != nil {
		return err
	}
	if err := Check(ctx, next); err != nil {
		return err
	}
	if err := syncFile(next); err != nil {
		return err
	}
	return emptyLog(ctx, path)
}

// emptyLog moves the log into the database file, which is then all of it. It fails when somebody
// else has the database open: the log would outlive this, and be taken for that of the next file.
func emptyLog(ctx context.Context, path string) error {
	db, err := connect(path, 1)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	if err := errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("empty the log: %w", err)
	}
	if info, err := os.Stat(path + "-wal"); err == nil {
		return fmt.Errorf("another program has the database open: %s is there (%d bytes)", path+"-wal", info.Size())
	}
	return nil
}

// keepBefore gives the database another name beside its own: that of the backup before a migration.
func keepBefore(ctx context.Context, path string, version int64) error {
	name := fmt.Sprintf("%s.before-%d", path, version+1)
	own, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("keep the database as it was: %w", err)
	}
	for i := 2; ; i++ {
		there, err := os.Lstat(name)
		if errors.Is(err, fs.ErrNotExist) {
			break
		}
		if err != nil {
			return fmt.Errorf("keep the database as it was: %w", err)
		}
		if os.SameFile(own, there) { // by a start that was cut short
			return nil
		}
		name = fmt.Sprintf("%s.before-%d-%d", path, version+1, i)
	}
	if os.Link(path, name) == nil {
		return nil
	}
	// Some file systems know no links.
	if _, err := disk.Copy(ctx, path, name); err != nil {
		return fmt.Errorf("keep the database as it was: %w", err)
	}
	return nil
}

// removeDatabase removes a database with all that SQLite keeps beside it.
func removeDatabase(path string) error {
	var errs []error
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
