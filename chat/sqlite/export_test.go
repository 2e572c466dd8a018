package sqlite

import (
	"context"
	"fmt"
	"io/fs"

	"github.com/madang-chat/madang/chat"
)

// Fill limits the pages of the database to a few more than it has, or lifts that again: SQLite
// fails as it does on a full disk.
func Fill(store chat.Store, on bool) error {
	ctx := context.Background()
	return store.(*Store).w.do(ctx, func(w *writer) error {
		most := 1 << 30
		if on {
			if err := w.conn.QueryRowContext(ctx, "PRAGMA page_count").Scan(&most); err != nil {
				return fmt.Errorf("count the pages: %w", err)
			}
			most += 20
		}
		_, err := w.conn.ExecContext(ctx, fmt.Sprint("PRAGMA max_page_count = ", most))
		return err
	}, nil)
}

// Migrations are those of this program, below "migrations".
var Migrations fs.FS = migrations

// OpenWith is Open with other migrations.
func OpenWith(ctx context.Context, path string, files fs.FS) (*Store, error) {
	return open(ctx, path, Options{}, files)
}
