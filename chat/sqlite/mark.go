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

// An epoch is the state of a body of data that grows from one beginning.
type epoch struct {
	name  string
	began time.Time // zero when an older version made it
	older bool      // it began at this start, since the database was older than the file knows
}

// openMark reads the mark and the epoch of a database, which gets a new one when it has none or is
// older than the file knows.
func openMark(ctx context.Context, db *sql.DB, path string) (m *mark, e epoch, err error) {
	known, err := readMark(path)
	if err != nil {
		return nil, e, err
	}
	m = &mark{}
	if e, m.value, err = readEpoch(ctx, db); err != nil {
		return nil, e, err
	}
	if older := known > m.value; older || e.name == "" {
		if err := newEpoch(ctx, db); err != nil {
			return nil, e, err
		}
		m.value = max(known, m.value)
		// Cut short before this, the next start makes another epoch.
		if _, err := db.ExecContext(ctx, setMeta, "mark", strconv.FormatInt(m.value, 10)); err != nil {
			return nil, e, fmt.Errorf("mark the database: %w", err)
		}
		if e, _, err = readEpoch(ctx, db); err != nil {
			return nil, e, err
		}
		e.older = older
	}
	if m.file, err = os.OpenFile(markPath(path), os.O_WRONLY|os.O_CREATE, 0o600); err != nil {
		return nil, e, fmt.Errorf("open mark: %w", err)
	}
	m.write()
	return m, e, nil
}

const setMeta = `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value`

func readEpoch(ctx context.Context, db *sql.DB) (e epoch, mark int64, err error) {
	var began int64
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(value) FILTER (WHERE key = 'epoch'), ''),
		coalesce(max(CAST(value AS INTEGER)) FILTER (WHERE key = 'began'), 0),
		coalesce(max(CAST(value AS INTEGER)) FILTER (WHERE key = 'mark'), 0) FROM meta`).Scan(&e.name, &began, &mark)
	if err != nil {
		return e, 0, fmt.Errorf("read epoch: %w", err)
	}
	if began != 0 {
		e.began = at(began)
	}
	return e, mark, nil
}

func newEpoch(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `INSERT INTO meta (key, value) VALUES ('epoch', lower(hex(randomblob(8)))), ('began', ?)
		ON CONFLICT DO UPDATE SET value = excluded.value`, strconv.FormatInt(ms(time.Now()), 10))
	if err != nil {
		return fmt.Errorf("make epoch: %w", err)
	}
	return nil
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
	if err := w.exec(setMeta, "mark", strconv.FormatInt(w.mark.value+1, 10)); err != nil {
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
