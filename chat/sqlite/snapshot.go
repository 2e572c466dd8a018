package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Snapshot writes the state of one commit of the database at from to a new file. Whoever uses the
// database goes on meanwhile.
func Snapshot(ctx context.Context, from, to string) error {
	if _, err := os.Stat(from); err != nil { // SQLite would make it
		return fmt.Errorf("copy the database: %w", err)
	}
	// An empty file may be written into, and this one has the right mode.
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	f.Close()
	db, err := connect(from, 1)
	if err != nil {
		return errors.Join(err, os.Remove(to))
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", to)
	if err := errors.Join(err, db.Close()); err != nil {
		return errors.Join(fmt.Errorf("copy the database: %w", err), os.Remove(to))
	}
	if err := syncFile(to); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return nil
}

// Check fails when the database at path is damaged.
func Check(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	db, err := connect(path, 1, "query_only(1)")
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	defer db.Close()
	var verdict string
	if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	if verdict != "ok" {
		return fmt.Errorf("the database %s is damaged: %s", path, verdict)
	}
	rows, err := db.QueryContext(ctx, "PRAGMA foreign_key_check")
	if err != nil {
		return fmt.Errorf("check the database: %w", err)
	}
	defer rows.Close()
	if rows.Next() {
		return fmt.Errorf("the database %s has rows that refer to missing ones", path)
	}
	return rows.Err()
}
