package sqlite

import (
	"context"
	"errors"

	"github.com/madang-chat/madang/chat"
)

// Profile implements [chat.SessionStore].
func (s *Store) Profile(ctx context.Context, id string) (chat.Identity, error) {
	n := chat.Identity{ID: id}
	err := s.read.QueryRowContext(ctx, `SELECT name_idx, coalesce(nickname, ''), coalesce(tag, '') FROM sessions WHERE id = ?`, id).
		Scan(&n.NameIdx, &n.Nickname, &n.Tag)
	return n, notFound(err)
}

// Rename implements [chat.SessionStore].
func (s *Store) Rename(ctx context.Context, id chat.Identity, lines []chat.Message, committed func([]chat.Message)) error {
	var kept []chat.Message
	return s.w.do(ctx, func(w *writer) error {
		kept = nil
		row, err := w.row(`UPDATE sessions SET nickname = ?, tag = ? WHERE id = ? RETURNING id`,
			orNull(id.Nickname), orNull(id.Tag), id.ID)
		if err != nil {
			return err
		}
		var one string
		if err := row.Scan(&one); err != nil {
			return notFound(err)
		}
		for _, m := range lines {
			err := w.appendMessage(&m)
			if errors.Is(err, chat.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			if err := w.exec(`UPDATE members SET nickname = ? WHERE room_id = ? AND sid = ?`,
				orNull(m.Now.Nickname), m.Room, id.ID); err != nil {
				return err
			}
			kept = append(kept, m)
		}
		return nil
	}, func() {
		if committed != nil {
			committed(kept)
		}
	})
}
