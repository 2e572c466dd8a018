package sqlite

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/search"
)

// importing is the closed_at of a room that isn't whole yet.
const importing = -1

// ImportRoom implements [chat.RoomStore]. The parts go with others' messages, which needn't wait
// for all of them; the last one shows the room.
func (s *Store) ImportRoom(ctx context.Context, r chat.RoomRecord, messages iter.Seq2[chat.Message, error]) (err error) {
	if err := s.w.doLater(ctx, func(w *writer) error { return w.importRoom(r) }); err != nil {
		return fmt.Errorf("import the room: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.w.doLater(context.WithoutCancel(ctx), func(w *writer) error { return w.forgetImport(r) }))
		}
	}()
	part := importedPart{store: s, room: r.ID}
	for m, err := range messages {
		if err != nil {
			return err
		}
		if err := part.add(ctx, m); err != nil {
			return err
		}
	}
	if err := part.write(ctx); err != nil {
		return err
	}
	if part.last == 0 {
		return errors.New("import the room: it has no messages")
	}
	return s.w.do(ctx, func(w *writer) error {
		return w.exec(`UPDATE rooms SET closed_at = NULL, first_seq = ?, last_seq = ?, last_rev = ? WHERE id = ?`,
			part.first, part.last, part.last, r.ID)
	}, nil)
}

// importedPart are messages that are written together: about those of one block for searches.
type importedPart struct {
	store       *Store
	room        string
	messages    []chat.Message
	first, last int64
	sealed      int64 // the next block
}

func (p *importedPart) add(ctx context.Context, m chat.Message) error {
	if m.Seq <= p.last {
		return fmt.Errorf("import the room: message %d comes behind %d", m.Seq, p.last)
	}
	if p.first == 0 {
		p.first, p.sealed = m.Seq, search.Number(m.Seq)
	}
	if search.Number(m.Seq) > search.Number(p.last) {
		if err := p.write(ctx); err != nil {
			return err
		}
	}
	p.last = m.Seq
	p.messages = append(p.messages, m)
	return nil
}

func (p *importedPart) write(ctx context.Context) error {
	err := p.store.w.doLater(ctx, func(w *writer) error {
		for _, m := range p.messages {
			if err := w.importMessage(p.room, m); err != nil {
				return fmt.Errorf("import message %d: %w", m.Seq, err)
			}
		}
		for ; p.sealed < search.Number(p.last+1); p.sealed++ {
			if err := w.seal(p.room, p.sealed); err != nil {
				return err
			}
		}
		return nil
	})
	p.messages = p.messages[:0]
	return err
}

// importRoom adds a room that nobody finds yet, and its people.
func (w *writer) importRoom(r chat.RoomRecord) error {
	for _, m := range r.Members {
		// No token has that hash, and the session has ended.
		if err := w.exec(`INSERT INTO sessions (id, token_hash, name_idx, lang, created, seen, expires, revoked_at)
			VALUES (?1, randomblob(32), ?2, 'ko', ?3, ?3, ?3, ?3)`, m.ID, m.NameIdx, ms(r.Created)); err != nil {
			return err
		}
	}
	if err := w.exec(`INSERT INTO rooms (id, title, title_fold, max, owner_sid, listed, readonly, slow_ms, life, history, life_from,
			created, active, closed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Title, strings.ToLower(r.Title), r.Max, r.OwnerID, r.Listed, r.Quiet, r.Slow.Milliseconds(), string(r.Life), string(r.History), ms(r.LifeFrom),
		ms(r.Created), ms(r.Active), importing); err != nil {
		return err
	}
	for i, m := range r.Members {
		joined := m.Left.Add(time.Duration(i) * time.Millisecond) // they stay in this order
		if err := w.addMember(r.ID, m, joined, m.Left); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) importMessage(room string, m chat.Message) error {
	m.Room, m.Rev = room, m.Seq
	if err := w.addMedia(m); err != nil {
		return err
	}
	if err := w.insertMessage(m); err != nil || m.Deleted == "" {
		return err
	}
	return w.exec(`UPDATE messages SET deleted = created, deleted_by = ? WHERE room_id = ? AND seq = ?`, string(m.Deleted), room, m.Seq)
}

// forgetImport removes what there is of a room that isn't whole.
func (w *writer) forgetImport(r chat.RoomRecord) error {
	if err := w.exec(`DELETE FROM rooms WHERE id = ? AND closed_at = ?`, r.ID, importing); err != nil {
		return err
	}
	for _, m := range r.Members {
		if err := w.exec(`DELETE FROM sessions WHERE id = ?`, m.ID); err != nil {
			return err
		}
	}
	w.eraseLog()
	return nil
}

// forgetImports removes rooms that an earlier process hasn't finished; their sessions have ended
// and go with others.
func (s *Store) forgetImports(ctx context.Context) error {
	if _, err := s.disk.ExecContext(ctx, `DELETE FROM rooms WHERE closed_at = ?`, importing); err != nil {
		return fmt.Errorf("remove rooms that were not imported whole: %w", err)
	}
	return nil
}
