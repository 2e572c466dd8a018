package pgbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/jackc/pgx/v5/pgconn"
)

// makeTables makes the tables that aren't there. Who may use them need not be allowed to make them.
func (l *line) makeTables(ctx context.Context) error {
	err := l.makeTable(ctx, l.table, "(id bigserial UNIQUE, created_at timestamptz DEFAULT NOW(), payload bytea)")
	if err == nil && l.log != nil {
		err = l.makeTable(ctx, l.log.events, "(id bigserial PRIMARY KEY, created_at timestamptz DEFAULT clock_timestamp(), namespace bytea, payload bytea)")
	}
	if err == nil && l.log != nil {
		err = l.makeTable(ctx, l.log.sessions, "(key bytea PRIMARY KEY, ends timestamptz, session bytea)")
	}
	return err
}

func (l *line) makeTable(ctx context.Context, name, columns string) error {
	const attempts = 3
	var err error
	for range attempts {
		var there bool
		if err = l.pool.QueryRow(ctx, "SELECT to_regclass($1) IS NOT NULL", name).Scan(&there); err != nil {
			return fmt.Errorf("pgbus: connect to PostgreSQL: %w", err)
		}
		if there {
			return nil
		}
		if _, err = l.pool.Exec(ctx, "CREATE TABLE IF NOT EXISTS "+name+" "+columns); err == nil {
			return nil
		}
		if !raced(err) {
			break
		}
	}
	return fmt.Errorf("pgbus: make the table %s: %w", name, err)
}

// raced reports whether another server has made the table meanwhile.
func raced(err error) bool {
	answer, ok := errors.AsType[*pgconn.PgError](err)
	return ok && (answer.Code == "23505" || answer.Code == "42P07" || answer.Code == "42710")
}

// cleanUp drops attachments that all have read.
func (k *link) cleanUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, cleanUpTime)
	defer cancel()
	_, err := k.pool.Exec(ctx, "DELETE FROM "+k.table+" WHERE created_at < now() - make_interval(secs => $1)", k.keep.Seconds())
	if err != nil && ctx.Err() == nil {
		k.bus.Server().Logger.Log(ctx, slog.LevelWarn, "pgbus: old attachments stay in the table", "table", k.table, "error", err)
	}
}
