package main

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

const schema = `
CREATE TABLE IF NOT EXISTS room (
	id TEXT PRIMARY KEY, title TEXT NOT NULL, max INTEGER NOT NULL, owner TEXT NOT NULL, owner_id TEXT NOT NULL,
	salt BLOB, password BLOB, created INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS chat (
	n INTEGER PRIMARY KEY, id TEXT NOT NULL, room TEXT NOT NULL REFERENCES room ON DELETE CASCADE,
	user TEXT NOT NULL, chat TEXT NOT NULL, gif TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS chat_room ON chat (room, n);
CREATE TABLE IF NOT EXISTS entry (
	room TEXT NOT NULL REFERENCES room ON DELETE CASCADE, visitor TEXT NOT NULL, PRIMARY KEY (room, visitor)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS session (key TEXT PRIMARY KEY, data BLOB NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS session_expires ON session (expires);
`

// hashRounds makes a guess at a stolen password cost some 30 ms.
const hashRounds = 100_000

// A Room is what pages and sockets learn about a room. Whether it has a password is told, never
// which.
type Room struct {
	ID        string `json:"_id"`
	Title     string `json:"title"`
	Max       int    `json:"max"`
	Owner     string `json:"owner"` // a color
	Locked    bool   `json:"password"`
	CreatedAt string `json:"createdAt"` // as JavaScript writes a Date

	ownerID        string // a visitor
	salt, password []byte
}

// A Chat is a line in a room: a text or the file name of a GIF.
type Chat struct {
	ID        string `json:"_id"`
	Room      string `json:"room"`
	User      string `json:"user"` // a color
	Text      string `json:"chat,omitempty"`
	GIF       string `json:"gif,omitempty"`
	CreatedAt string `json:"createdAt"`
}

// opens tells whether a password opens the room.
func (r Room) opens(password string) bool {
	return !r.Locked || subtle.ConstantTimeCompare(r.password, hash(password, r.salt)) == 1
}

func hash(password string, salt []byte) []byte {
	key, err := pbkdf2.Key(sha256.New, password, salt, hashRounds, sha256.Size)
	if err != nil {
		panic(err) // only a key length that the standard forbids
	}
	return key
}

// newID makes an id as those of MongoDB look: 24 hex digits.
func newID() string {
	id := make([]byte, 12)
	rand.Read(id)
	return hex.EncodeToString(id)
}

// iso writes milliseconds since 1970 as JavaScript writes a Date.
func iso(ms int64) string { return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.000Z") }

// A store keeps rooms and what was said in them. Any goroutine may use it.
type store struct{ db *sql.DB }

// addRoom stores a room of owner, who may enter it without being asked for the password again.
func (s store) addRoom(title string, limit int, password string, owner visitor) (Room, error) {
	created := time.Now().UnixMilli()
	r := Room{ID: newID(), Title: title, Max: limit, Owner: owner.Color, ownerID: owner.ID, Locked: password != "", CreatedAt: iso(created)}
	if r.Locked {
		r.salt = make([]byte, 16)
		rand.Read(r.salt)
		r.password = hash(password, r.salt)
	}
	_, err := s.db.Exec(`INSERT INTO room VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		r.ID, r.Title, r.Max, r.Owner, r.ownerID, r.salt, r.password, created)
	if err != nil {
		return r, err
	}
	return r, s.admit(r.ID, owner.ID)
}

const roomColumns = `SELECT id, title, max, owner, owner_id, salt, password, created FROM room `

func scanRoom(row interface{ Scan(...any) error }) (Room, error) {
	var r Room
	var created int64
	err := row.Scan(&r.ID, &r.Title, &r.Max, &r.Owner, &r.ownerID, &r.salt, &r.password, &created)
	r.Locked, r.CreatedAt = r.password != nil, iso(created)
	return r, err
}

// room finds a room.
func (s store) room(id string) (r Room, found bool, err error) {
	r, err = scanRoom(s.db.QueryRow(roomColumns+`WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return r, false, nil
	}
	return r, err == nil, err
}

// rooms lists all rooms, the oldest first.
func (s store) rooms() ([]Room, error) {
	rows, err := s.db.Query(roomColumns + `ORDER BY created, rowid`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []Room
	for rows.Next() {
		r, err := scanRoom(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return all, rows.Err()
}

// deleteRoom removes a room with all that belongs to it, and lists the GIFs that were in it. It
// reports whether the room was there.
func (s store) deleteRoom(id string) (gifs []string, found bool, err error) {
	tx, err := s.db.Begin()
	if err != nil {
		return nil, false, err
	}
	defer tx.Rollback()
	rows, err := tx.Query(`SELECT gif FROM chat WHERE room = ? AND gif != ''`, id)
	if err != nil {
		return nil, false, err
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, false, err
		}
		gifs = append(gifs, name)
	}
	if err := rows.Err(); err != nil {
		return nil, false, err
	}
	result, err := tx.Exec(`DELETE FROM room WHERE id = ?`, id)
	if err != nil {
		return nil, false, err
	}
	n, err := result.RowsAffected()
	if err != nil {
		return nil, false, err
	}
	return gifs, n == 1, tx.Commit()
}

// admit remembers that a visitor knew the password.
func (s store) admit(room, visitor string) error {
	_, err := s.db.Exec(`INSERT OR IGNORE INTO entry VALUES (?, ?)`, room, visitor)
	return err
}

// admitted tells whether a visitor may be in a room.
func (s store) admitted(r Room, visitor string) (yes bool, err error) {
	if !r.Locked {
		return true, nil
	}
	err = s.db.QueryRow(`SELECT EXISTS (SELECT * FROM entry WHERE room = ? AND visitor = ?)`, r.ID, visitor).Scan(&yes)
	return yes, err
}

// addChat stores a line.
func (s store) addChat(room, user, text, gif string) (Chat, error) {
	created := time.Now().UnixMilli()
	c := Chat{newID(), room, user, text, gif, iso(created)}
	_, err := s.db.Exec(`INSERT INTO chat (id, room, user, chat, gif, created) VALUES (?, ?, ?, ?, ?, ?)`,
		c.ID, c.Room, c.User, c.Text, c.GIF, created)
	return c, err
}

// chats lists what was said in a room, in order.
func (s store) chats(room string) ([]Chat, error) {
	rows, err := s.db.Query(`SELECT id, room, user, chat, gif, created FROM chat WHERE room = ? ORDER BY created, n`, room)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []Chat{}
	for rows.Next() {
		var c Chat
		var created int64
		if err := rows.Scan(&c.ID, &c.Room, &c.User, &c.Text, &c.GIF, &created); err != nil {
			return nil, err
		}
		c.CreatedAt = iso(created)
		all = append(all, c)
	}
	return all, rows.Err()
}
