package sqlite

import (
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
		return w.exec(`INSERT INTO sessions (id, token_hash, name_idx, nickname, lang, created, seen, expires, renewed)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			n.ID, n.TokenHash[:], n.NameIdx, orNull(n.Nickname), n.Lang, ms(n.Created), ms(n.Seen), ms(n.Expires),
			msOrNull(n.Renewed))
	})
}

// Session implements [chat.SessionStore].
func (s *Store) Session(ctx context.Context, tokenHash [32]byte) (chat.Session, error) {
	var n chat.Session
	var token, former []byte
	var created, seen, expires, renewed, until int64
	err := s.read.QueryRowContext(ctx, `SELECT id, token_hash, name_idx, coalesce(nickname, ''), lang, created, seen, expires,
			coalesce(renewed, created), former_hash, coalesce(former_until, 0), coalesce(tag, '')
		FROM sessions WHERE (token_hash = ?1 OR former_hash = ?1) AND revoked_at IS NULL`, tokenHash[:]).
		Scan(&n.ID, &token, &n.NameIdx, &n.Nickname, &n.Lang, &created, &seen, &expires, &renewed, &former, &until, &n.Tag)
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
			WHERE (expires <= ? OR seen = created AND created < ?)
				AND NOT EXISTS (SELECT 1 FROM members WHERE sid = s.id) LIMIT ?)`)
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
