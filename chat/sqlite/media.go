package sqlite

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/madang-chat/madang/chat"
)

// mediaOfMessage are the images of the message m, as [readMedia] reads them.
const mediaOfMessage = `(SELECT json_group_array(json_array(f.id, f.mime, f.w, f.h, f.frames, f.bytes, hex(f.sha256),
		coalesce(f.alt, ''), f.flash) ORDER BY f.place) FROM media f WHERE f.room_id = m.room_id AND f.seq = m.seq)`

// readMedia sets what the column tells of a message's images.
func readMedia(m *chat.Message, column string) error {
	if column == "" || column == "[]" {
		return nil
	}
	var rows []json.RawMessage
	if err := json.Unmarshal([]byte(column), &rows); err != nil {
		return fmt.Errorf("read the images of %s: %w", m.ID, err)
	}
	m.Media = make([]chat.Media, len(rows))
	for i, row := range rows {
		f := &m.Media[i]
		var id, sum string
		fields := []any{&id, &f.MIME, &f.W, &f.H, &f.Frames, &f.Bytes, &sum, &f.Alt, &f.Flash}
		if err := json.Unmarshal(row, &fields); err != nil {
			return fmt.Errorf("read the images of %s: %w", m.ID, err)
		}
		if _, err := hex.Decode(f.SHA256[:], []byte(sum)); err != nil {
			return fmt.Errorf("read the images of %s: %w", m.ID, err)
		}
		f.Name, f.Room = mediaName(id, f.MIME), m.Room
	}
	return nil
}

// addMedia inserts the images of a message.
func (w *writer) addMedia(m chat.Message) error {
	for i, f := range m.Media {
		if err := w.exec(`INSERT INTO media (id, room_id, sid, mime, bytes, w, h, frames, sha256, alt, flash, seq, place, state, created)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'live', ?)`,
			mediaID(f.Name), m.Room, m.By.ID, f.MIME, f.Bytes, f.W, f.H, f.Frames, f.SHA256[:], orNull(f.Alt), string(f.Flash),
			m.Seq, i, ms(m.Created)); err != nil {
			return err
		}
	}
	return nil
}

// Media implements [chat.MessageStore].
func (s *Store) Media(ctx context.Context, name string) (chat.Media, error) {
	f := chat.Media{Name: name}
	var sum []byte
	err := s.read.QueryRowContext(ctx, `SELECT room_id, mime, w, h, frames, bytes, sha256, coalesce(alt, ''), flash FROM media WHERE id = ?`,
		mediaID(name)).Scan(&f.Room, &f.MIME, &f.W, &f.H, &f.Frames, &f.Bytes, &sum, &f.Alt, &f.Flash)
	if err != nil {
		return chat.Media{}, notFound(err)
	}
	copy(f.SHA256[:], sum)
	if name != mediaName(mediaID(name), f.MIME) {
		return chat.Media{}, chat.ErrNotFound
	}
	return f, nil
}

func mediaID(name string) string {
	id, _, _ := strings.Cut(name, ".")
	return id
}

func mediaName(id, mime string) string { return id + "." + chat.MediaExt(mime) }

// MediaBytes implements [chat.MessageStore].
func (s *Store) MediaBytes(ctx context.Context) (map[string]int64, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT room_id, sum(bytes) FROM media GROUP BY room_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var room string
		var n int64
		if err := rows.Scan(&room, &n); err != nil {
			return nil, err
		}
		all[room] = n
	}
	return all, rows.Err()
}

// RemovedFiles implements [chat.MessageStore].
func (s *Store) RemovedFiles(ctx context.Context) (names []string, err error) {
	rows, err := s.read.QueryContext(ctx, `SELECT id, mime FROM removed_media WHERE id NOT IN (SELECT id FROM media)`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id, mime string
		if err := rows.Scan(&id, &mime); err != nil {
			return nil, err
		}
		names = append(names, mediaName(id, mime))
	}
	return names, rows.Err()
}

// FilesRemoved implements [chat.MessageStore].
func (s *Store) FilesRemoved(ctx context.Context, names []string) error {
	return s.w.doLater(ctx, func(w *writer) error {
		for _, name := range names {
			if err := w.exec(`DELETE FROM removed_media WHERE id = ?`, mediaID(name)); err != nil {
				return err
			}
		}
		return nil
	})
}
