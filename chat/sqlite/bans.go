package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"time"

	"github.com/madang-chat/madang/chat"
)

// AddBan implements [chat.BanStore].
func (s *Store) AddBan(ctx context.Context, b chat.Ban, committed func(chat.Ban)) (chat.Ban, error) {
	network := ""
	if b.Network.IsValid() {
		network = b.Network.String()
	}
	err := s.w.do(ctx, func(w *writer) error {
		if err := w.exec(`DELETE FROM bans WHERE session IS ? AND network IS ?`, orNull(b.Session), orNull(network)); err != nil {
			return err
		}
		row, err := w.row(`INSERT INTO bans (session, network, until, reason, created) VALUES (?, ?, ?, ?, ?) RETURNING id`,
			orNull(b.Session), orNull(network), msOrNull(b.Until), b.Reason, ms(b.Created))
		if err != nil {
			return err
		}
		return row.Scan(&b.ID)
	}, func() { committed(b) })
	return b, err
}

// Bans implements [chat.BanStore].
func (s *Store) Bans(ctx context.Context) (bans []chat.Ban, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, coalesce(session, ''), coalesce(network, ''), until, reason, created FROM bans ORDER BY id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b chat.Ban
		var network string
		var until sql.NullInt64
		var created int64
		if err := rows.Scan(&b.ID, &b.Session, &network, &until, &b.Reason, &created); err != nil {
			return nil, err
		}
		if network != "" {
			if b.Network, err = netip.ParsePrefix(network); err != nil {
				return nil, fmt.Errorf("read ban %d: %w", b.ID, err)
			}
		}
		if until.Valid {
			b.Until = at(until.Int64)
		}
		b.Created = at(created)
		bans = append(bans, b)
	}
	return bans, rows.Err()
}

// LiftBan implements [chat.BanStore].
func (s *Store) LiftBan(ctx context.Context, id int64, committed func()) error {
	return s.w.do(ctx, func(w *writer) error {
		row, err := w.row(`DELETE FROM bans WHERE id = ? RETURNING id`, id)
		if err != nil {
			return err
		}
		return notFound(row.Scan(&id))
	}, committed)
}

// RemoveBans implements [chat.BanStore].
func (s *Store) RemoveBans(ctx context.Context, now time.Time) error {
	return s.w.doLater(ctx, func(w *writer) error {
		return w.exec(`DELETE FROM bans WHERE until <= ?`, ms(now))
	})
}
