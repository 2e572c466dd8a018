package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
)

// Append implements [chat.MessageStore].
func (s *Store) Append(ctx context.Context, e chat.Entry, committed func(chat.Message)) (m chat.Message, dup bool, err error) {
	err = s.w.do(ctx, func(w *writer) error {
		m, dup = e.Message, false
		row, err := w.row(selectMessage+` WHERE m.room_id = ? AND m.sid = ? AND m.cid = ?`, m.Room, m.By.ID, m.CID)
		if err != nil {
			return err
		}
		first, err := scanMessage(row)
		if err == nil {
			m, dup = first, true
			return nil
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := w.changeSeat(e); err != nil {
			return err
		}
		if e.Role != nil {
			if err := w.changeRole(m.Room, m.By.ID, *e.Role, e.Former); err != nil {
				return err
			}
			m.By.Role = *e.Role
		}
		return w.appendMessage(&m)
	}, func() {
		if !dup && committed != nil {
			committed(m)
		}
	})
	if err != nil {
		return chat.Message{}, false, err
	}
	return m, dup, nil
}

// changeSeat applies what the entry does to a member. A room that is gone is told by appendMessage.
func (w *writer) changeSeat(e chat.Entry) error {
	m := e.Message
	switch e.Seat {
	case chat.SeatTaken:
		row, err := w.row(`SELECT 1 FROM rooms WHERE id = ?`, m.Room)
		if err != nil {
			return err
		}
		var one int
		if err := row.Scan(&one); err != nil {
			return notFound(err)
		}
		return w.addMember(m.Room, m.By, m.Created, time.Time{})
	case chat.SeatFreed:
		return w.exec(`UPDATE members SET "left" = ? WHERE room_id = ? AND sid = ?`, ms(m.Created), m.Room, m.By.ID)
	case chat.SeatRemoved:
		return w.exec(`UPDATE members SET "left" = ?1, removed = ?1 WHERE room_id = ?2 AND sid = ?3`, ms(m.Created), m.Room, m.By.ID)
	}
	return nil
}

// changeRole gives a member a role; there is one owner, and the former one becomes a member.
func (w *writer) changeRole(room, session string, role, former chat.Role) error {
	if role == chat.RoleOwner {
		if err := w.exec(`UPDATE members SET role = ? WHERE room_id = ? AND role = 'owner'`, former.String(), room); err != nil {
			return err
		}
		if err := w.exec(`UPDATE rooms SET owner_sid = ? WHERE id = ?`, session, room); err != nil {
			return err
		}
	}
	return w.exec(`UPDATE members SET role = ? WHERE room_id = ? AND sid = ?`, role.String(), room, session)
}

// appendMessage gives m the next seq and rev, and inserts it.
func (w *writer) appendMessage(m *chat.Message) error {
	row, err := w.row(`UPDATE rooms SET last_seq = last_seq + 1, last_rev = last_rev + 1, active = iif(?1, ?2, active),
			life_from = iif(?1, max(life_from, ?2), life_from)
		WHERE id = ?3 AND closed_at IS NULL RETURNING last_seq, last_rev`,
		m.Kind != chat.KindSystem, ms(m.Created), m.Room)
	if err != nil {
		return err
	}
	if err := row.Scan(&m.Seq, &m.Rev); err != nil {
		return notFound(err)
	}
	if err := w.addMedia(*m); err != nil {
		return err
	}
	if err := w.insertMessage(*m); err != nil {
		return err
	}
	if number := search.Number(m.Seq); search.Number(m.Seq+1) > number {
		return w.seal(m.Room, number)
	}
	return nil
}

// insertMessage keeps a message, without its media.
func (w *writer) insertMessage(m chat.Message) error {
	args, err := argsOf(m)
	if err != nil {
		return err
	}
	actor := ""
	if m.Actor != nil {
		actor = m.Actor.ID
	}
	return w.exec(`INSERT INTO messages (id, room_id, seq, rev, sid, cid, kind, body, sys_code, sys_args, actor, created)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		m.ID, m.Room, m.Seq, m.Rev, m.By.ID, m.CID, string(m.Kind), m.Text, orNull(m.Code), orNull(args), orNull(actor), ms(m.Created))
}

// selectMessage reads a message with its sender and its images; a condition follows.
const selectMessage = `SELECT m.id, m.room_id, m.seq, m.rev, m.cid, m.kind, m.body, coalesce(m.sys_code, ''),
		coalesce(m.sys_args, ''), coalesce(m.deleted_by, ''), m.created,
		b.sid, coalesce(b.name_idx, s.name_idx), coalesce(b.nickname, ''), coalesce(s.tag, ''), b.color, b.hue, b.shape, b.role,
		a.sid, coalesce(a.name_idx, t.name_idx, 0), coalesce(a.nickname, ''), coalesce(t.tag, ''), coalesce(a.color, ''), coalesce(a.hue, 0), coalesce(a.shape, 0), coalesce(a.role, ''),
		iif(m.kind = 'media', ` + mediaOfMessage + `, '')
	FROM messages m
	JOIN members b ON b.room_id = m.room_id AND b.sid = m.sid
	JOIN sessions s ON s.id = m.sid
	LEFT JOIN members a ON a.room_id = m.room_id AND a.sid = m.actor
	LEFT JOIN sessions t ON t.id = m.actor`

func scanMessage(row interface{ Scan(...any) error }) (m chat.Message, err error) {
	var created int64
	var kind, deleted, args, role, actorRole, media string
	var actor sql.NullString
	var a chat.Member
	err = row.Scan(&m.ID, &m.Room, &m.Seq, &m.Rev, &m.CID, &kind, &m.Text, &m.Code, &args, &deleted, &created,
		&m.By.ID, &m.By.NameIdx, &m.By.Nickname, &m.By.Tag, &m.By.Color, &m.By.Hue, &m.By.Shape, &role,
		&actor, &a.NameIdx, &a.Nickname, &a.Tag, &a.Color, &a.Hue, &a.Shape, &actorRole, &media)
	if err != nil {
		return m, err
	}
	m.Kind, m.Deleted = chat.Kind(kind), chat.Deletion(deleted)
	m.Created = at(created)
	m.By.Role = chat.RoleNamed(role)
	if actor.Valid {
		a.ID, a.Role = actor.String, chat.RoleNamed(actorRole)
		m.Actor = &a
	}
	if err := readMedia(&m, media); err != nil {
		return m, err
	}
	return m, readArgs(&m, args)
}

// Messages implements [chat.MessageStore].
func (s *Store) Messages(ctx context.Context, room string, r chat.Range) (chat.Snapshot, error) {
	where, order := ` WHERE m.room_id = ?1 AND m.seq > ?2 AND (?3 = 0 OR m.seq < ?3)`, ` ORDER BY m.seq DESC LIMIT ?4`
	if r.Oldest {
		order = ` ORDER BY m.seq LIMIT ?4`
	}
	snap, err := s.snapshot(ctx, room, r.Limit, selectMessage+where+order, room, r.After, r.Before, r.Limit+1)
	if !r.Oldest {
		slices.Reverse(snap.Messages)
	}
	return snap, err
}

// Changes implements [chat.MessageStore].
func (s *Store) Changes(ctx context.Context, room string, rev int64, limit int) (chat.Snapshot, error) {
	return s.snapshot(ctx, room, limit, selectMessage+` WHERE m.room_id = ? AND m.rev > ? ORDER BY m.rev LIMIT ?`,
		room, rev, limit+1)
}

// snapshot reads the room's rev and the query's messages as of one commit; one message beyond the
// limit says that there are more.
func (s *Store) snapshot(ctx context.Context, room string, limit int, query string, args ...any) (chat.Snapshot, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return chat.Snapshot{}, err
	}
	defer tx.Rollback()
	snap := chat.Snapshot{Epoch: s.epoch.name}
	if err := tx.QueryRowContext(ctx, `SELECT last_rev FROM rooms WHERE id = ?`, room).Scan(&snap.Rev); err != nil {
		return chat.Snapshot{}, notFound(err)
	}
	rows, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return chat.Snapshot{}, err
	}
	defer rows.Close()
	for rows.Next() {
		if len(snap.Messages) == limit {
			snap.More = true
			break
		}
		m, err := scanMessage(rows)
		if err != nil {
			return chat.Snapshot{}, err
		}
		snap.Messages = append(snap.Messages, m)
	}
	if err := rows.Err(); err != nil {
		return chat.Snapshot{}, err
	}
	return snap, nil
}

// Last implements [chat.MessageStore].
func (s *Store) Last(ctx context.Context) ([]chat.Message, error) {
	rows, err := s.read.QueryContext(ctx, selectMessage+` JOIN rooms r ON r.id = m.room_id
		WHERE r.closed_at IS NULL AND m.seq = (SELECT max(n.seq) FROM messages n
			WHERE n.room_id = r.id AND n.seq > r.last_seq - 100 AND n.kind <> 'system' AND n.deleted IS NULL)`)
	if err != nil {
		return nil, err
	}
	return scanMessages(rows)
}

// scanMessages reads all and closes them.
func scanMessages(rows *sql.Rows) (all []chat.Message, err error) {
	defer rows.Close()
	for rows.Next() {
		m, err := scanMessage(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, rows.Err()
}

// Said implements [chat.MessageStore].
func (s *Store) Said(ctx context.Context, room string) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT room_id, count(*) FROM messages`+one("room_id", room)+`
		AND kind <> 'system' AND deleted IS NULL GROUP BY room_id`, room)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	said := map[string]int64{}
	for rows.Next() {
		var id string
		var n int64
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		said[id] = n
	}
	return said, rows.Err()
}
