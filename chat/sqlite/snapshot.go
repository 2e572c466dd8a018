package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
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

// Check fails when a database that nobody has open is damaged. It changes nothing, not even beside
// the database.
func Check(ctx context.Context, path string) error {
	return look(path, func(db *sql.DB) error {
		var verdict string
		if err := db.QueryRowContext(ctx, "PRAGMA integrity_check(1)").Scan(&verdict); err != nil {
			return fmt.Errorf("check database %s: %w", path, err)
		}
		if verdict != "ok" {
			return fmt.Errorf("the database %s is damaged: %s", path, verdict)
		}
		rows, err := db.QueryContext(ctx, "PRAGMA foreign_key_check")
		if err != nil {
			return fmt.Errorf("check database %s: %w", path, err)
		}
		defer rows.Close()
		if rows.Next() {
			return fmt.Errorf("the database %s is damaged: rows refer to missing ones", path)
		}
		return rows.Err()
	})
}

// MediaOf lists the images that a database knows, which nobody has open: their names and sums.
func MediaOf(ctx context.Context, path string) (all []chat.Media, err error) {
	err = look(path, func(db *sql.DB) error {
		rows, err := db.QueryContext(ctx, `SELECT id, mime, bytes, sha256 FROM media`)
		if err != nil {
			return fmt.Errorf("list images of %s: %w", path, err)
		}
		defer rows.Close()
		for rows.Next() {
			var f chat.Media
			var id string
			var sum []byte
			if err := rows.Scan(&id, &f.MIME, &f.Bytes, &sum); err != nil {
				return fmt.Errorf("list images of %s: %w", path, err)
			}
			f.Name = mediaName(id, f.MIME)
			copy(f.SHA256[:], sum)
			all = append(all, f)
		}
		return rows.Err()
	})
	return all, err
}

// Unknown lists those of the images that the database at path, which may be in use, doesn't know.
func Unknown(ctx context.Context, path string, names []string) (unknown []string, err error) {
	db, err := connect(path, 1, "query_only(1)")
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, name := range names {
		var there bool
		if err := db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM media WHERE id = ?)`, mediaID(name)).Scan(&there); err != nil {
			return nil, fmt.Errorf("look for images in %s: %w", path, err)
		}
		if !there {
			unknown = append(unknown, name)
		}
	}
	return unknown, nil
}

// RemoveGone removes what these images belong to, without a trace, from a copy that nobody has open
// of the database at live, which may be in use and doesn't know them any more: their rooms where
// those are closed since, else their messages, which were deleted or have gone with time.
func RemoveGone(ctx context.Context, path, live string, names []string) (err error) {
	now, err := connect(live, 1, "query_only(1)")
	if err != nil {
		return fmt.Errorf("open database %s: %w", live, err)
	}
	defer func() { err = errors.Join(err, now.Close()) }()
	db, err := connect(path, 1, "secure_delete(1)")
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	for _, name := range names {
		if err := removeGone(ctx, db, now, mediaID(name)); err != nil {
			return fmt.Errorf("remove what is gone from %s: %w", path, err)
		}
	}
	return nil
}

func removeGone(ctx context.Context, db, now *sql.DB, media string) error {
	var room string
	var seq int64
	switch err := db.QueryRowContext(ctx, `SELECT room_id, seq FROM media WHERE id = ?`, media).Scan(&room, &seq); {
	case errors.Is(err, sql.ErrNoRows): // with its room, or with another image of its message
		return nil
	case err != nil:
		return err
	}
	var open bool
	if err := now.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM rooms WHERE id = ?)`, room).Scan(&open); err != nil {
		return err
	}
	if !open {
		_, err := db.ExecContext(ctx, `DELETE FROM rooms WHERE id = ?`, room)
		return err
	}
	if _, err := db.ExecContext(ctx, `DELETE FROM messages WHERE room_id = ? AND seq = ?`, room, seq); err != nil {
		return err
	}
	// The block is made anew at the start.
	if _, err := db.ExecContext(ctx, `DELETE FROM search_blocks WHERE room_id = ? AND number = ?`, room, search.Number(seq)); err != nil {
		return err
	}
	_, err := db.ExecContext(ctx, `DELETE FROM media WHERE room_id = ? AND seq = ?`, room, seq)
	return err
}

// look reads a database as a file that doesn't change.
func look(path string, f func(*sql.DB) error) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	db, err := connectWith(url.Values{"mode": {"ro"}, "immutable": {"1"}}, path, 1)
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	return errors.Join(f(db), db.Close())
}

// Renew gives a database that nobody has open a new epoch: its clients forget what they have seen.
// It refuses a schema that is newer than this program.
func Renew(ctx context.Context, path string) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	if current, newest, err := versions(ctx, path, files); err != nil {
		return err
	} else if current > newest {
		return newerSchema(current, newest)
	}
	db, err := connect(path, 1)
	if err != nil {
		return fmt.Errorf("open database %s: %w", path, err)
	}
	return errors.Join(newEpoch(ctx, db), db.Close())
}
