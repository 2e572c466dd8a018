package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
)

// old is a message that is to be deleted.
type old struct {
	seq    int64
	sender string
	media  bool
}

// ForgetMessages implements [chat.MessageStore].
func (s *Store) ForgetMessages(ctx context.Context, room string, before time.Time, limit int, committed func(chat.Forgotten)) (f chat.Forgotten, err error) {
	deleted := false
	err = s.w.wait(ctx, &job{late: true, run: func(w *writer) error {
		f, deleted = chat.Forgotten{}, false
		row, err := w.row(`SELECT last_seq + 1 FROM rooms WHERE id = ?`, room)
		if err != nil {
			return err
		}
		if err := row.Scan(&f.First); err != nil {
			return notFound(err)
		}
		all, err := w.oldMessages(room, before, limit, &f)
		if err != nil || len(all) == 0 {
			return err
		}
		deleted = true
		return w.forget(room, all, &f)
	}, committed: func() {
		if deleted && committed != nil {
			committed(f)
		}
	}})
	if err != nil {
		return chat.Forgotten{}, err
	}
	return f, nil
}

// oldMessages reads the first messages that are too old, and what follows them.
func (w *writer) oldMessages(room string, before time.Time, limit int, f *chat.Forgotten) (all []old, err error) {
	stmt, err := w.prepare(`SELECT seq, sid, kind = 'media', created FROM messages WHERE room_id = ? ORDER BY seq LIMIT ?`)
	if err != nil {
		return nil, err
	}
	rows, err := stmt.Query(room, limit+1)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var m old
		var created int64
		if err := rows.Scan(&m.seq, &m.sender, &m.media, &created); err != nil {
			return nil, err
		}
		tooOld := created < ms(before)
		if !tooOld || len(all) == limit {
			f.First, f.Oldest, f.More = m.seq, at(created), tooOld
			break
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// forget deletes them with what belongs to them.
func (w *writer) forget(room string, all []old, f *chat.Forgotten) error {
	if err := w.exec(`DELETE FROM messages WHERE room_id = ? AND seq < ?`, room, f.First); err != nil {
		return err
	}
	if err := w.exec(`UPDATE rooms SET first_seq = ? WHERE id = ?`, f.First, room); err != nil {
		return err
	}
	block := search.Number(f.First)
	if err := w.exec(`DELETE FROM search_blocks WHERE room_id = ? AND number < ?`, room, block); err != nil {
		return err
	}
	if err := w.blank(room, block*search.Size, f.First); err != nil {
		return err
	}
	senders := map[string]bool{}
	for _, m := range all {
		if m.media {
			if err := w.forgetMedia(room, m.seq, f); err != nil {
				return err
			}
		}
		if senders[m.sender] {
			continue
		}
		senders[m.sender] = true
		if err := w.forgetMember(room, m.sender, f); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) forgetMedia(room string, seq int64, f *chat.Forgotten) error {
	stmt, err := w.prepare(`DELETE FROM media WHERE room_id = ? AND seq = ? RETURNING id, mime, bytes`)
	if err != nil {
		return err
	}
	rows, err := stmt.Query(room, seq)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, mime string
		var bytes int64
		if err := rows.Scan(&id, &mime, &bytes); err != nil {
			return err
		}
		f.Files = append(f.Files, mediaName(id, mime))
		f.Bytes += bytes
	}
	return rows.Err()
}

// forgetMember deletes a member of whom nothing is left, whom no line and no list names.
func (w *writer) forgetMember(room, session string, f *chat.Forgotten) error {
	row, err := w.row(`DELETE FROM members WHERE room_id = ?1 AND sid = ?2 AND role = 'member' AND "left" IS NOT NULL
		AND NOT EXISTS (SELECT 1 FROM messages WHERE sid = ?2 AND room_id = ?1)
		AND NOT EXISTS (SELECT 1 FROM messages WHERE actor = ?2 AND room_id = ?1)
		AND NOT EXISTS (SELECT 1 FROM room_bans WHERE sid = ?2 AND room_id = ?1)
		AND NOT EXISTS (SELECT 1 FROM reports WHERE about = ?2 AND room_id = ?1) RETURNING sid`, room, session)
	if err != nil {
		return err
	}
	switch err := row.Scan(&session); {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	f.Members = append(f.Members, session)
	return nil
}
