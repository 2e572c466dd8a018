package sqlite

import (
	"context"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Label implements [chat.SessionStore].
func (s *Store) Label(ctx context.Context, device, label string) error {
	return s.w.doLater(ctx, func(w *writer) error {
		return w.exec(`UPDATE sessions SET label = ? WHERE id = ?`, orNull(label), device)
	})
}

// Devices implements [chat.SessionStore].
func (s *Store) Devices(ctx context.Context, id string, now time.Time) (devices []chat.Device, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, coalesce(label, ''), created, seen FROM sessions
		WHERE (id = ?1 OR person = ?1) AND revoked_at IS NULL AND expires > ?2 ORDER BY person IS NOT NULL, created, id`, id, ms(now))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var d chat.Device
		var created, seen int64
		if err := rows.Scan(&d.ID, &d.Label, &created, &seen); err != nil {
			return nil, err
		}
		d.Created, d.Seen = at(created), at(seen)
		devices = append(devices, d)
	}
	return devices, rows.Err()
}

// EndDevice implements [chat.SessionStore].
func (s *Store) EndDevice(ctx context.Context, id, device string, now time.Time) error {
	return s.w.do(ctx, func(w *writer) error {
		row, err := w.row(`UPDATE sessions SET revoked_at = ? WHERE id = ? AND coalesce(person, id) = ? AND revoked_at IS NULL
			RETURNING id`, ms(now), device, id)
		if err != nil {
			return err
		}
		return notFound(row.Scan(&device))
	}, nil)
}

// Forget implements [chat.SessionStore].
func (s *Store) Forget(ctx context.Context, id string, now time.Time) error {
	return s.w.do(ctx, func(w *writer) error {
		if err := w.exec(`UPDATE sessions SET revoked_at = coalesce(revoked_at, ?1), nickname = NULL, tag = NULL, label = NULL
			WHERE id = ?2 OR person = ?2`, ms(now), id); err != nil {
			return err
		}
		if err := w.exec(`UPDATE messages SET sys_args = json_remove(sys_args, '$.was.nick', '$.was.tag', '$.now.nick', '$.now.tag')
			WHERE sid = ? AND sys_code = ?`, id, chat.LineNick); err != nil {
			return err
		}
		return w.exec(`UPDATE members SET nickname = NULL WHERE sid = ?`, id)
	}, nil)
}
