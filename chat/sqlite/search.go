package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
)

// Search implements [chat.MessageStore].
func (s *Store) Search(ctx context.Context, room string, q chat.Seek) (chat.Sought, error) {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return chat.Sought{}, err
	}
	defer tx.Rollback()
	var first, last int64
	if err := tx.QueryRowContext(ctx, `SELECT first_seq, last_seq FROM rooms WHERE id = ?`, room).Scan(&first, &last); err != nil {
		return chat.Sought{}, notFound(err)
	}
	k := seeker{tx: tx, room: room, Seek: q, before: last + 1}
	if q.Before > 0 {
		k.before = min(q.Before, k.before)
	}
	k.least = max(first, k.before-int64(q.Span))
	if err := k.look(ctx); err != nil {
		return chat.Sought{}, err
	}
	found := chat.Sought{Next: k.least}
	if len(k.found) > q.Limit {
		k.found = k.found[:q.Limit]
		found.Next = k.found[q.Limit-1]
	} else if k.least == first {
		found.Next = 0
	}
	for _, seq := range k.found {
		m, err := scanMessage(tx.QueryRowContext(ctx, selectMessage+` WHERE m.room_id = ? AND m.seq = ?`, room, seq))
		if err != nil {
			return chat.Sought{}, err
		}
		found.Messages = append(found.Messages, m)
	}
	return found, nil
}

// selectSearched reads the texts of messages that searches look at, as [chat.Message].Searched has
// them; a condition follows.
const selectSearched = `SELECT m.seq, iif(m.kind = 'media', m.body || coalesce((SELECT group_concat(char(10) || f.alt, '' ORDER BY f.place)
		FROM media f WHERE f.room_id = m.room_id AND f.seq = m.seq AND f.alt IS NOT NULL), ''), m.body)
	FROM messages m WHERE m.kind <> 'system' AND m.deleted IS NULL`

// seeker looks through the messages of a room, the newest first.
type seeker struct {
	tx   *sql.Tx
	room string
	chat.Seek
	least, before int64   // seqs that are looked at
	found         []int64 // one beyond the limit says that there are more
}

func (k *seeker) full() bool { return len(k.found) > k.Limit }

func (k *seeker) take(seq int64) {
	if k.least <= seq && seq < k.before && !k.full() {
		k.found = append(k.found, seq)
	}
}

func (k *seeker) look(ctx context.Context) error {
	next, end := search.Number(k.before-1), search.Number(k.least)
	rows, err := k.tx.QueryContext(ctx, `SELECT number, texts FROM search_blocks
		WHERE room_id = ? AND number BETWEEN ? AND ? ORDER BY number DESC`, k.room, end, next)
	if err != nil {
		return err
	}
	defer rows.Close()
	for !k.full() && rows.Next() {
		var number int64
		var texts string
		if err := rows.Scan(&number, &texts); err != nil {
			return err
		}
		if number < next {
			if err := k.lookWithout(ctx, number+1, next); err != nil || k.full() {
				return err
			}
		}
		for place := range k.Words.Found(texts) {
			k.take(number*search.Size + place)
		}
		next = number - 1
	}
	if err := rows.Err(); err != nil || k.full() || next < end {
		return err
	}
	return k.lookWithout(ctx, end, next)
}

// lookWithout looks at the messages of blocks that aren't made.
func (k *seeker) lookWithout(ctx context.Context, from, to int64) error {
	rows, err := k.tx.QueryContext(ctx, selectSearched+`
		AND m.room_id = ? AND m.seq >= ? AND m.seq < ? ORDER BY m.seq DESC`,
		k.room, max(k.least, from*search.Size), min(k.before, (to+1)*search.Size))
	if err != nil {
		return err
	}
	defer rows.Close()
	for !k.full() && rows.Next() {
		var seq int64
		var text string
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		if k.Words.In(search.Fold(text)) {
			k.take(seq)
		}
	}
	return rows.Err()
}

// seal makes a block, or makes it anew.
func (w *writer) seal(room string, number int64) error {
	list, err := w.prepare(selectSearched + ` AND m.room_id = ? AND m.seq >= ? AND m.seq < ?`)
	if err != nil {
		return err
	}
	rows, err := list.Query(room, number*search.Size, (number+1)*search.Size)
	if err != nil {
		return err
	}
	defer rows.Close()
	var texts [search.Size]string
	for rows.Next() {
		var seq int64
		var text string
		if err := rows.Scan(&seq, &text); err != nil {
			return err
		}
		texts[seq%search.Size] = text
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return w.exec(`INSERT INTO search_blocks (room_id, number, texts) VALUES (?, ?, ?)
		ON CONFLICT DO UPDATE SET texts = excluded.texts`, room, number, []byte(search.Block(texts)))
}

// blank takes the texts of messages out of a block: those from one seq on and before another, which
// is in the same block or the first of the next.
func (w *writer) blank(room string, from, to int64) error {
	number := search.Number(from)
	row, err := w.row(`SELECT texts FROM search_blocks WHERE room_id = ? AND number = ?`, room, number)
	if err != nil {
		return err
	}
	var texts string
	switch err := row.Scan(&texts); {
	case err == sql.ErrNoRows:
		return nil
	case err != nil:
		return err
	}
	return w.exec(`UPDATE search_blocks SET texts = ? WHERE room_id = ? AND number = ?`,
		[]byte(search.Blank(texts, number, from, to)), room, number)
}

// sealAll makes the blocks that there are none of: those of a database of an older version. It may
// end at any time, and goes on at the next start.
func (s *Store) sealAll(ctx context.Context) error {
	rows, err := s.read.QueryContext(ctx, `SELECT id, first_seq / ?1, (last_seq + 1) / ?1 FROM rooms
		WHERE (last_seq + 1) / ?1 - first_seq / ?1 > (SELECT count(*) FROM search_blocks WHERE room_id = id)`, search.Size)
	if err != nil {
		return fmt.Errorf("look for rooms to prepare for searches: %w", err)
	}
	defer rows.Close()
	type span struct {
		room     string
		from, to int64
	}
	var due []span
	for rows.Next() {
		var r span
		if err := rows.Scan(&r.room, &r.from, &r.to); err != nil {
			return err
		}
		due = append(due, r)
	}
	if err := errorsOf(rows); err != nil {
		return err
	}
	for _, r := range due {
		for number := r.to - 1; number >= r.from; number-- { // what is new is looked for first
			if err := s.sealMissing(ctx, r.room, number); err != nil {
				return fmt.Errorf("prepare a room for searches: %w", err)
			}
		}
	}
	return nil
}

// errorsOf ends a query.
func errorsOf(rows *sql.Rows) error {
	if err := rows.Close(); err != nil {
		return err
	}
	return rows.Err()
}

func (s *Store) sealMissing(ctx context.Context, room string, number int64) error {
	return s.w.doLater(ctx, func(w *writer) error {
		row, err := w.row(`SELECT EXISTS (SELECT 1 FROM search_blocks WHERE room_id = ?1 AND number = ?2)
			OR NOT EXISTS (SELECT 1 FROM rooms WHERE id = ?1 AND first_seq / ?3 <= ?2)`, room, number, search.Size)
		if err != nil {
			return err
		}
		var needless bool
		if err := row.Scan(&needless); err != nil || needless {
			return err
		}
		return w.seal(room, number)
	})
}
