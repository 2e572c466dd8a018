package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/madang-chat/madang/chat"
)

func ms(t time.Time) int64 { return t.UnixMilli() }

func at(ms int64) time.Time { return time.UnixMilli(ms).UTC() }

// msOrNull keeps the zero time as NULL.
func msOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return ms(t)
}

// orNull keeps an empty string as NULL.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func notFound(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return chat.ErrNotFound
	}
	return err
}

// AddSession implements [chat.SessionStore].
func (s *Store) AddSession(ctx context.Context, n chat.Session) error {
	return s.w.doLater(ctx, func(w *writer) error {
		return w.exec(`INSERT INTO sessions (id, person, token_hash, name_idx, nickname, lang, label, created, seen, expires, renewed)
			VALUES (?1, nullif(?2, ?1), ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)`,
			cmp.Or(n.Device, n.ID), n.ID, n.TokenHash[:], n.NameIdx, orNull(n.Nickname), n.Lang, orNull(n.Label), ms(n.Created),
			ms(n.Seen), ms(n.Expires), msOrNull(n.Renewed))
	})
}

// Session implements [chat.SessionStore].
func (s *Store) Session(ctx context.Context, tokenHash [32]byte) (chat.Session, error) {
	var n chat.Session
	var token, former []byte
	var created, seen, expires, renewed, until int64
	err := s.read.QueryRowContext(ctx, `SELECT p.id, d.id, coalesce(d.label, ''), d.token_hash, p.name_idx, coalesce(p.nickname, ''),
			d.lang, d.created, d.seen, d.expires, coalesce(d.renewed, d.created), d.former_hash, coalesce(d.former_until, 0),
			coalesce(p.tag, '')
		FROM sessions d JOIN sessions p ON p.id = coalesce(d.person, d.id)
		WHERE (d.token_hash = ?1 OR d.former_hash = ?1) AND d.revoked_at IS NULL`, tokenHash[:]).
		Scan(&n.ID, &n.Device, &n.Label, &token, &n.NameIdx, &n.Nickname, &n.Lang, &created, &seen, &expires, &renewed, &former, &until, &n.Tag)
	if err != nil {
		return chat.Session{}, notFound(err)
	}
	copy(n.TokenHash[:], token)
	copy(n.Former[:], former)
	n.Created, n.Seen, n.Expires, n.Renewed = at(created), at(seen), at(expires), at(renewed)
	if until != 0 {
		n.FormerUntil = at(until)
	}
	return n, nil
}

// RenewSession implements [chat.SessionStore].
func (s *Store) RenewSession(ctx context.Context, r chat.Renewal) error {
	return s.w.doLater(ctx, func(w *writer) error {
		row, err := w.row(`UPDATE sessions SET token_hash = ?, former_hash = ?, former_until = NULL, renewed = ?
			WHERE id = ? AND token_hash = ? RETURNING id`,
			r.Token[:], r.Former[:], ms(r.At), r.Session, r.Was[:])
		if err != nil {
			return err
		}
		var id string
		return notFound(row.Scan(&id))
	})
}

// EndFormer implements [chat.SessionStore].
func (s *Store) EndFormer(ctx context.Context, id string, until time.Time) error {
	return s.w.doLater(ctx, func(w *writer) error {
		return w.exec(`UPDATE sessions SET former_until = ? WHERE id = ? AND former_until IS NULL`, ms(until), id)
	})
}

// TouchSessions implements [chat.SessionStore].
func (s *Store) TouchSessions(ctx context.Context, seen []chat.Seen) error {
	return s.w.doLater(ctx, func(w *writer) error {
		for _, n := range seen {
			if err := w.exec(`UPDATE sessions SET seen = ?, expires = ? WHERE id = ?`, ms(n.At), ms(n.Expires), n.Session); err != nil {
				return err
			}
		}
		return nil
	})
}

// RemoveSessions implements [chat.SessionStore]. Owners and senders are members too.
func (s *Store) RemoveSessions(ctx context.Context, now, unused time.Time, limit int) (n int, err error) {
	err = s.w.doLater(ctx, func(w *writer) error {
		stmt, err := w.prepare(`DELETE FROM sessions WHERE id IN (SELECT id FROM sessions AS s
			WHERE (expires <= ? OR revoked_at IS NOT NULL OR seen = created AND created < ?)
				AND NOT EXISTS (SELECT 1 FROM members WHERE sid = s.id)
				AND NOT EXISTS (SELECT 1 FROM sessions WHERE person = s.id) LIMIT ?)`)
		if err != nil {
			return err
		}
		result, err := stmt.Exec(ms(now), ms(unused), limit)
		if err != nil {
			return err
		}
		removed, err := result.RowsAffected()
		n = int(removed)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
