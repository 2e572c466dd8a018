package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/madang-chat/madang/chat"
)

// Fill lets the database have so many pages more than it has, any number when negative: SQLite then
// fails as it does on a full disk.
func Fill(store chat.Store, pages int) error {
	ctx := context.Background()
	return store.(*Store).w.do(ctx, func(w *writer) error {
		limit := func(most int) error {
			_, err := w.conn.ExecContext(ctx, fmt.Sprint("PRAGMA max_page_count = ", most))
			return err
		}
		if err := limit(1 << 30); err != nil || pages < 0 {
			return err
		}
		// What is free already would be taken first.
		if err := w.exec("CREATE TABLE IF NOT EXISTS filler (bytes)"); err != nil {
			return err
		}
		for free := 1; free > 0; {
			if err := w.exec("INSERT INTO filler VALUES (zeroblob(3000))"); err != nil {
				return err
			}
			if err := w.conn.QueryRowContext(ctx, "PRAGMA freelist_count").Scan(&free); err != nil {
				return err
			}
		}
		var count int
		if err := w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&count); err != nil {
			return fmt.Errorf("count the pages: %w", err)
		}
		return limit(count + pages)
	}, nil)
}

// Migrations are those of this program, below "migrations".
var Migrations fs.FS = migrations

// OpenWith is Open with other migrations.
func OpenWith(ctx context.Context, path string, files fs.FS) (*Store, error) {
	return open(ctx, path, Options{}, files)
}

// Hold keeps the writer from its work until release, and tells how much waits for it.
func (s *Store) Hold() (release func(), queued func() int) {
	held, end := make(chan struct{}), make(chan struct{})
	go s.w.do(context.Background(), func(*writer) error {
		close(held)
		<-end
		return nil
	}, nil)
	<-held
	return func() { close(end) }, func() int { return len(s.w.jobs) + len(s.w.later) }
}
