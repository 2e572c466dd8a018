package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
)

// idemLife is how long the name of a request is remembered.
const idemLife = 24 * time.Hour

// AddRoom implements [chat.RoomStore].
func (s *Store) AddRoom(ctx context.Context, r chat.RoomRecord, cid string, first chat.Message) (id string, err error) {
	scope := idemScope(r.OwnerID)
	err = s.w.do(ctx, func(w *writer) error {
		id = r.ID
		if err := w.exec(`DELETE FROM idem WHERE created < ?`, ms(r.Created.Add(-idemLife))); err != nil {
			return err
		}
		row, err := w.row(`SELECT response ->> 'room' FROM idem WHERE scope = ? AND key = ?`, scope, cid)
		if err != nil {
			return err
		}
		if err := row.Scan(&id); !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if err := w.exec(`INSERT INTO idem (scope, key, response, created) VALUES (?, ?, json_object('room', ?), ?)`,
			scope, cid, r.ID, ms(r.Created)); err != nil {
			return err
		}
		if err := w.exec(`INSERT INTO rooms (id, slug, title, title_fold, max, owner_sid, pass_hash, pass_ver, listed, kept, life, history,
				life_from, created, active)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			r.ID, orNull(r.Slug), r.Title, strings.ToLower(r.Title), r.Max, r.OwnerID, orNull(string(r.PassHash)), r.PassVer,
			r.Listed, r.Kept, string(r.Life), string(r.History), ms(r.LifeFrom), ms(r.Created), ms(r.Active)); err != nil {
			return err
		}
		if err := w.addMember(r.ID, first.By, first.Created, first.Created); err != nil {
			return err
		}
		return w.appendMessage(&first)
	}, nil)
	return id, err
}

// RoomMade implements [chat.RoomStore].
func (s *Store) RoomMade(ctx context.Context, session, cid string) (id string, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT response ->> 'room' FROM idem WHERE scope = ? AND key = ?`,
		idemScope(session), cid).Scan(&id)
	return id, notFound(err)
}

func idemScope(session string) string { return "room:" + session }

// Rooms implements [chat.RoomStore].
func (s *Store) Rooms(ctx context.Context) ([]chat.RoomRecord, error) { return s.rooms(ctx, "") }

// Room implements [chat.RoomStore].
func (s *Store) Room(ctx context.Context, id string) (chat.RoomRecord, error) {
	if id == "" {
		return chat.RoomRecord{}, chat.ErrNotFound
	}
	rooms, err := s.rooms(ctx, id)
	if err == nil && len(rooms) == 0 {
		err = chat.ErrNotFound
	}
	if err != nil {
		return chat.RoomRecord{}, err
	}
	return rooms[0], nil
}

// rooms reads a room, or all with the id "".
func (s *Store) rooms(ctx context.Context, id string) ([]chat.RoomRecord, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	rooms, index, err := readRooms(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	of := ` WHERE b.room_id = ?1`
	if id == "" {
		of = ` WHERE ?1 = '' AND b.room_id IN (SELECT room_id FROM members WHERE "left" IS NULL)`
	}
	rows, err := tx.QueryContext(ctx, `SELECT `+memberColumns+` FROM members b JOIN sessions s ON s.id = b.sid`+of+` ORDER BY b.joined, b.sid`, id)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		room, m, since, err := scanMember(rows)
		if err != nil {
			return nil, err
		}
		i, ok := index[room]
		if !ok {
			continue
		}
		rooms[i].Members = append(rooms[i].Members, m)
		if m.Left.IsZero() {
			if rooms[i].Since == nil {
				rooms[i].Since = map[string]time.Time{}
			}
			rooms[i].Since[m.ID] = since
		}
	}
	return rooms, rows.Err()
}

// Memberships implements [chat.RoomStore].
func (s *Store) Memberships(ctx context.Context, session string) (map[string]chat.Member, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT `+memberColumns+` FROM members b JOIN sessions s ON s.id = b.sid WHERE b.sid = ?`, session)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]chat.Member{}
	for rows.Next() {
		room, m, _, err := scanMember(rows)
		if err != nil {
			return nil, err
		}
		all[room] = m
	}
	return all, rows.Err()
}

// memberColumns are what scanMember reads of members b with their sessions s.
const memberColumns = `b.room_id, b.sid, coalesce(b.name_idx, s.name_idx), coalesce(b.nickname, ''), coalesce(s.tag, ''), b.color,
	b.hue, b.shape, b.role, b.joined, coalesce(b."left", 0), coalesce(b.removed, 0)`

// scanMember reads a member of a room, and when it took its seat.
func scanMember(rows *sql.Rows) (room string, m chat.Member, since time.Time, err error) {
	var role string
	var joined, left, removed int64
	if err := rows.Scan(&room, &m.ID, &m.NameIdx, &m.Nickname, &m.Tag, &m.Color, &m.Hue, &m.Shape, &role, &joined, &left, &removed); err != nil {
		return "", m, since, err
	}
	m.Role = chat.RoleNamed(role)
	if left != 0 {
		m.Left = at(left)
	}
	if removed != 0 {
		m.Removed = at(removed)
	}
	return room, m, at(joined), nil
}

// one is the condition for a room, or that for all with the id "", which takes one argument too.
func one(column, id string) string {
	if id == "" {
		return ` WHERE ?1 = ''`
	}
	return ` WHERE ` + column + ` = ?1`
}

func readRooms(ctx context.Context, tx *sql.Tx, id string) (rooms []chat.RoomRecord, index map[string]int, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT id, coalesce(slug, ''), title, max, owner_sid, coalesce(o.color, ''), coalesce(pass_hash, ''), pass_ver, listed,
			door_locked, kept, readonly, slow_ms, life, history, life_from, coalesce(closing, 0), first_seq, created, active, last_rev
		FROM rooms LEFT JOIN members o ON o.room_id = id AND o.sid = owner_sid`+one("id", id)+` AND closed_at IS NULL`, id)
	if err != nil {
		return nil, nil, err
	}
	defer rows.Close()
	index = map[string]int{}
	for rows.Next() {
		var r chat.RoomRecord
		var slow, from, closing, created, active int64
		var hash string
		if err := rows.Scan(&r.ID, &r.Slug, &r.Title, &r.Max, &r.OwnerID, &r.Owner, &hash, &r.PassVer, &r.Listed, &r.DoorLocked, &r.Kept,
			&r.Quiet, &slow, &r.Life, &r.History, &from, &closing, &r.First, &created, &active, &r.LastRev); err != nil {
			return nil, nil, err
		}
		r.PassHash = chat.PassHash(hash)
		r.Locked = hash != ""
		r.Slow = time.Duration(slow) * time.Millisecond
		r.LifeFrom, r.Created, r.Active = at(from), at(created), at(active)
		if closing != 0 {
			r.Closing = at(closing)
		}
		index[r.ID] = len(rooms)
		rooms = append(rooms, r)
	}
	return rooms, index, rows.Err()
}

// ChangeRoom implements [chat.RoomStore].
func (s *Store) ChangeRoom(ctx context.Context, id string, f chat.RoomFields, committed func()) error {
	var from, closing any
	if f.LifeFrom != nil {
		from = ms(*f.LifeFrom)
	}
	if f.Closing != nil {
		closing = msOrNull(*f.Closing)
	}
	return s.w.do(ctx, func(w *writer) error {
		row, err := w.row(`UPDATE rooms SET kept = coalesce(?, kept), listed = coalesce(?, listed),
				door_locked = coalesce(?, door_locked), life = coalesce(?, life),
				history = coalesce(?, history), life_from = coalesce(?, life_from),
				closing = iif(?, ?, closing)
			WHERE id = ? AND closed_at IS NULL RETURNING id`, f.Kept, f.Listed, f.DoorLocked, f.Life, f.History, from, f.Closing != nil, closing, id)
		if err != nil {
			return err
		}
		if err := row.Scan(&id); err != nil {
			return notFound(err)
		}
		return w.changeRules(id, f)
	}, committed)
}

// changeRules sets the fields of a room that those in charge decide by name.
func (w *writer) changeRules(id string, f chat.RoomFields) error {
	var slow, fold, hash any
	if f.Slow != nil {
		slow = f.Slow.Milliseconds()
	}
	if f.Title != nil {
		fold = strings.ToLower(*f.Title)
	}
	if f.PassHash != nil {
		hash = orNull(string(*f.PassHash))
	}
	return w.exec(`UPDATE rooms SET title = coalesce(?1, title), title_fold = coalesce(?2, title_fold), max = coalesce(?3, max),
			readonly = coalesce(?4, readonly), slow_ms = coalesce(?5, slow_ms),
			pass_hash = iif(?6, ?7, pass_hash), pass_ver = pass_ver + ?6 WHERE id = ?8`,
		f.Title, fold, f.Max, f.Quiet, slow, f.PassHash != nil, hash, id)
}

// RemoveRoom implements [chat.RoomStore].
func (s *Store) RemoveRoom(ctx context.Context, id string) (files []string, err error) {
	err = s.w.do(ctx, func(w *writer) error {
		files = nil
		list, err := w.prepare(`SELECT id, mime FROM media WHERE room_id = ?`)
		if err != nil {
			return err
		}
		rows, err := list.Query(id)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var name, mime string
			if err := rows.Scan(&name, &mime); err != nil {
				return err
			}
			files = append(files, mediaName(name, mime))
		}
		if err := rows.Err(); err != nil {
			return err
		}
		// Members, messages and media go with it.
		row, err := w.row(`DELETE FROM rooms WHERE id = ? RETURNING id`, id)
		if err != nil {
			return err
		}
		return notFound(row.Scan(&id))
	}, nil)
	return files, err
}

func (w *writer) addMember(room string, m chat.Member, joined, left time.Time) error {
	var gone any
	if !left.IsZero() {
		gone = ms(left)
	}
	return w.exec(`INSERT INTO members (room_id, sid, color, hue, shape, nickname, name_idx, role, joined, "left")
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, nullif(?7, (SELECT name_idx FROM sessions WHERE id = ?2)), ?8, ?9, ?10)
		ON CONFLICT (room_id, sid) DO UPDATE SET nickname = excluded.nickname, name_idx = excluded.name_idx,
			joined = excluded.joined, "left" = excluded."left", removed = NULL`,
		room, m.ID, m.Color, m.Hue, m.Shape, orNull(m.Nickname), m.NameIdx, m.Role.String(), ms(joined), gone)
}
