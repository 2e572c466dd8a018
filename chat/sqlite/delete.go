package sqlite

import (
	"context"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/chat"
)

// DeleteMessages implements [chat.MessageStore].
func (s *Store) DeleteMessages(ctx context.Context, e chat.Erasure, committed func([]chat.Message, []chat.Media)) error {
	var gone []chat.Message
	var media []chat.Media
	return s.w.do(ctx, func(w *writer) error {
		gone, media = nil, nil
		if err := w.hasRoom(e.Room); err != nil {
			return err
		}
		all, err := w.toDelete(e)
		if err != nil {
			return err
		}
		for _, m := range all {
			media = append(media, m.Media...)
			if m, err = w.deleteMessage(e, m); err != nil {
				return fmt.Errorf("delete the message %d: %w", m.Seq, err)
			}
			gone = append(gone, m)
		}
		return nil
	}, func() {
		if len(gone) > 0 {
			s.w.eraseLog()
			committed(gone, media)
		}
	})
}

// toDelete is what is to be deleted, in order.
func (w *writer) toDelete(e chat.Erasure) (all []chat.Message, err error) {
	const rest = ` AND m.kind <> 'system' AND m.deleted IS NULL`
	query, args := selectMessage+` WHERE m.room_id = ? AND m.seq = ?`+rest, []any{e.Room, e.Seq}
	if e.Seq == 0 {
		query = selectMessage + ` WHERE m.room_id = ? AND m.sid = ?` + rest + ` ORDER BY m.seq DESC LIMIT ?`
		args = []any{e.Room, e.By, e.Most}
	}
	list, err := w.prepare(query)
	if err != nil {
		return nil, err
	}
	rows, err := list.Query(args...)
	if err != nil {
		return nil, err
	}
	all, err = scanMessages(rows)
	slices.Reverse(all)
	return all, err
}

// deleteMessage blanks a message.
func (w *writer) deleteMessage(e chat.Erasure, m chat.Message) (chat.Message, error) {
	row, err := w.row(`UPDATE rooms SET last_rev = last_rev + 1 WHERE id = ? RETURNING last_rev`, e.Room)
	if err != nil {
		return m, err
	}
	if err := row.Scan(&m.Rev); err != nil {
		return m, err
	}
	if err := w.exec(`UPDATE messages SET body = '', deleted = ?, deleted_by = ?, rev = ?
		WHERE room_id = ? AND seq = ?`, ms(e.At), string(e.How), m.Rev, e.Room, m.Seq); err != nil {
		return m, err
	}
	if m.Media != nil {
		if err := w.exec(`DELETE FROM media WHERE room_id = ? AND seq = ?`, e.Room, m.Seq); err != nil {
			return m, err
		}
	}
	m.Text, m.Media, m.Deleted = "", nil, e.How
	return m, w.blank(e.Room, m.Seq, m.Seq+1)
}
