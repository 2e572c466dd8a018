package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
)

// AddRoomBan implements [chat.ChargeStore].
func (s *Store) AddRoomBan(ctx context.Context, b chat.RoomBan, committed func()) error {
	networks := make([]string, len(b.Networks))
	for i, n := range b.Networks {
		networks[i] = n.String()
	}
	return s.w.do(ctx, func(w *writer) error {
		if err := w.hasRoom(b.Room); err != nil {
			return err
		}
		return w.exec(`INSERT OR REPLACE INTO room_bans (room_id, sid, networks, until, reason, actor, created) VALUES (?, ?, ?, ?, ?, ?, ?)`,
			b.Room, b.Session, strings.Join(networks, " "), msOrNull(b.Until), b.Reason, b.Actor, ms(b.Created))
	}, committed)
}

// hasRoom fails with ErrNotFound when there is no such room.
func (w *writer) hasRoom(id string) error {
	row, err := w.row(`SELECT id FROM rooms WHERE id = ? AND closed_at IS NULL`, id)
	if err != nil {
		return err
	}
	return notFound(row.Scan(&id))
}

// RoomBans implements [chat.ChargeStore].
func (s *Store) RoomBans(ctx context.Context) (bans []chat.RoomBan, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT room_id, sid, networks, until, reason, actor, created FROM room_bans ORDER BY created, sid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var b chat.RoomBan
		var networks string
		var until sql.NullInt64
		var created int64
		if err := rows.Scan(&b.Room, &b.Session, &networks, &until, &b.Reason, &b.Actor, &created); err != nil {
			return nil, err
		}
		for text := range strings.FieldsSeq(networks) {
			n, err := netip.ParsePrefix(text)
			if err != nil {
				return nil, fmt.Errorf("read a ban of the room %s: %w", b.Room, err)
			}
			b.Networks = append(b.Networks, n)
		}
		if until.Valid {
			b.Until = at(until.Int64)
		}
		b.Created = at(created)
		bans = append(bans, b)
	}
	return bans, rows.Err()
}

// LiftRoomBan implements [chat.ChargeStore].
func (s *Store) LiftRoomBan(ctx context.Context, room, session string, committed func()) error {
	return s.w.do(ctx, func(w *writer) error {
		row, err := w.row(`DELETE FROM room_bans WHERE room_id = ? AND sid = ? RETURNING sid`, room, session)
		if err != nil {
			return err
		}
		if err := row.Scan(&session); err != nil {
			return notFound(err)
		}
		return w.exec(`UPDATE members SET removed = NULL WHERE room_id = ? AND sid = ?`, room, session)
	}, committed)
}

// RemoveRoomBans implements [chat.ChargeStore].
func (s *Store) RemoveRoomBans(ctx context.Context, now time.Time) error {
	return s.w.doLater(ctx, func(w *writer) error {
		return w.exec(`DELETE FROM room_bans WHERE until <= ?`, ms(now))
	})
}

// AddReport implements [chat.ChargeStore].
func (s *Store) AddReport(ctx context.Context, r chat.Report, most int) error {
	return s.w.do(ctx, func(w *writer) error {
		if err := w.hasRoom(r.Room); err != nil {
			return err
		}
		if err := w.exec(`INSERT OR REPLACE INTO reports (room_id, about, seq, sid, reason, created) VALUES (?, ?, ?, ?, ?, ?)`,
			r.Room, r.About, r.Seq, r.By, r.Reason, ms(r.Created)); err != nil {
			return err
		}
		return w.exec(`DELETE FROM reports WHERE room_id = ?1 AND (about, seq, sid) IN
			(SELECT about, seq, sid FROM reports WHERE room_id = ?1 ORDER BY created DESC, about, seq, sid LIMIT -1 OFFSET ?2)`, r.Room, most)
	}, nil)
}

// Reports implements [chat.ChargeStore].
func (s *Store) Reports(ctx context.Context, room string) (all []chat.Report, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT room_id, about, seq, sid, reason, created FROM reports WHERE room_id = ?
		ORDER BY created DESC, about, seq, sid`, room)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r chat.Report
		var created int64
		if err := rows.Scan(&r.Room, &r.About, &r.Seq, &r.By, &r.Reason, &created); err != nil {
			return nil, err
		}
		r.Created = at(created)
		all = append(all, r)
	}
	return all, rows.Err()
}

// DropReports implements [chat.ChargeStore].
func (s *Store) DropReports(ctx context.Context, room, about string, seq int64) error {
	return s.w.do(ctx, func(w *writer) error {
		return w.exec(`DELETE FROM reports WHERE room_id = ? AND about = ? AND (seq = ?3 OR ?3 = -1)`, room, about, seq)
	}, nil)
}
