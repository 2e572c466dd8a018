package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// The mark is a number that grows while the database is written. It is part of the database, and
// after the commit a file beside it gets it too. A file that knows a later mark than the database
// says that an older database was put in place of a newer one: clients may have seen what isn't
// there, so the data gets a new epoch. Since the file comes second, a crash can't do that; what can
// is the loss of power with [Normal] durability, and then messages were lost indeed.

// markEvery is between two marks. Putting back what is younger than that goes unnoticed.
const markEvery = time.Second

type mark struct {
	value int64
	made  time.Time // of value, by this process
	file  *os.File
}

// openMark reads the mark of a database, and gives it a new epoch when it has none or is older than
// the file knows.
func openMark(ctx context.Context, db *sql.DB, path string) (m *mark, epoch string, err error) {
	known, err := readMark(path)
	if err != nil {
		return nil, "", err
	}
	m = &mark{}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(value) FILTER (WHERE key = 'epoch'), ''),
		coalesce(max(CAST(value AS INTEGER)) FILTER (WHERE key = 'mark'), 0) FROM meta`).Scan(&epoch, &m.value)
	if err != nil {
		return nil, "", fmt.Errorf("read epoch: %w", err)
	}
	if epoch == "" || known > m.value {
		m.value = max(known, m.value)
		if epoch, err = newEpoch(ctx, db, m.value); err != nil {
			return nil, "", err
		}
	}
	if m.file, err = os.OpenFile(markPath(path), os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return nil, "", fmt.Errorf("open mark: %w", err)
	}
	m.write()
	return m, epoch, nil
}

func newEpoch(ctx context.Context, db *sql.DB, mark int64) (epoch string, err error) {
	if _, err = db.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('mark', ?), ('epoch', lower(hex(randomblob(8))))
		ON CONFLICT DO UPDATE SET value = excluded.value`, strconv.FormatInt(mark, 10)); err != nil {
		return "", fmt.Errorf("make epoch: %w", err)
	}
	err = db.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = 'epoch'`).Scan(&epoch)
	if err != nil {
		return "", fmt.Errorf("read epoch: %w", err)
	}
	return epoch, nil
}

func markPath(database string) string { return database + ".mark" }

// readMark reads what the file knows, 0 when there is none. One that the loss of power has spoiled
// knows nothing.
func readMark(database string) (int64, error) {
	data, err := os.ReadFile(markPath(database))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, fmt.Errorf("read mark: %w", err)
	}
	known, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	if err != nil {
		return 0, nil
	}
	return known, nil
}

// write tells the file. What fails is made good by the next mark. It isn't synced: the system
// writes it within seconds, and a file that knows less is no harm.
func (m *mark) write() {
	m.file.WriteAt(fmt.Appendf(nil, "%019d\n", m.value), 0)
}

// makeMark makes the next mark in the transaction at hand.
func (w *writer) makeMark() error {
	if err := w.exec(`INSERT INTO meta (key, value) VALUES ('mark', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
		strconv.FormatInt(w.mark.value+1, 10)); err != nil {
		return fmt.Errorf("mark the database: %w", err)
	}
	return nil
}

// marked is called after the commit of a mark.
func (w *writer) marked() {
	w.mark.value++
	w.mark.made = time.Now()
	w.mark.write()
}

// Write commits a change that nobody sees. It fails when no message can be kept.
func (s *Store) Write(ctx context.Context) error {
	return s.w.wait(ctx, &job{alone: true, run: func(w *writer) error {
		// What fits into a page that is there says nothing.
		if err := w.exec(`INSERT INTO meta (key, value) VALUES ('room', hex(zeroblob(8192)))`); err != nil {
			return fmt.Errorf("try to write: %w", err)
		}
		w.mark.made = time.Time{} // the batch makes one
		return w.exec(`DELETE FROM meta WHERE key = 'room'`)
	}})
}
