package sqlite

import (
	"context"
	"fmt"
	"strconv"
	"time"
)

// Beat implements [chat.Store].
func (s *Store) Beat(ctx context.Context, at time.Time) error {
	return s.w.doLater(ctx, func(w *writer) error { return w.beat(at) })
}

func (w *writer) beat(at time.Time) error {
	return w.exec(setMeta, "beat", strconv.FormatInt(ms(at), 10))
}

// Resume implements [chat.Store].
func (s *Store) Resume(ctx context.Context, at time.Time, least time.Duration) error {
	return s.w.do(ctx, func(w *writer) error {
		row, err := w.row(`SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta WHERE key = 'beat'`)
		if err != nil {
			return err
		}
		var before int64
		if err := row.Scan(&before); err != nil {
			return fmt.Errorf("read when the server was at work: %w", err)
		}
		if off := ms(at) - before; before > 0 && off > least.Milliseconds() {
			if err := w.exec(`UPDATE rooms SET life_from = max(life_from, min(life_from + ?, ?))`, off, ms(at)); err != nil {
				return err
			}
		}
		return w.beat(at)
	}, nil)
}
