package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

const (
	// eraseAfter is how long what was deleted may stay in the log at least, so that what is deleted
	// together goes together.
	eraseAfter = 10 * time.Second
	// eraseAgain is when to try once more while somebody reads.
	eraseAgain = 5 * time.Second
	// eraseWait is how long writing may wait for those who read.
	eraseWait = 100 * time.Millisecond
)

// checkpoint moves the log into the database file beside the writer, until due is closed.
func (w *writer) checkpoint(db *sql.DB, due <-chan struct{}) {
	late := time.NewTimer(0)
	late.Stop()
	defer late.Stop()
	waits := false
	for {
		select {
		case _, ok := <-due:
			if !ok {
				return
			}
			// A failure is no loss: the log stays, and the next checkpoint or walMost takes it.
			_, err := db.Exec("PRAGMA wal_checkpoint(PASSIVE)")
			w.observer.checkpointed(err)
		case <-w.erase:
			if !waits {
				waits = true
				late.Reset(eraseAfter)
			}
		case <-late.C:
			done, err := truncate(db)
			w.observer.checkpointed(err)
			if waits = !done; waits {
				late.Reset(eraseAgain)
			}
		}
	}
}

// eraseLog has the log emptied soon: it holds what was deleted.
func (w *writer) eraseLog() {
	select {
	case w.erase <- struct{}{}:
	default:
	}
}

// truncate empties the log, unless somebody reads what is in it.
func truncate(db *sql.DB) (done bool, err error) {
	ctx := context.Background()
	conn, err := db.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	// The connection is the checkpointer's alone, which waits for nothing else.
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", eraseWait.Milliseconds())); err != nil {
		return false, err
	}
	var busy, pages, moved int
	if err := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &pages, &moved); err != nil {
		return false, err
	}
	return busy == 0, nil
}
