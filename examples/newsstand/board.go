package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/madang-chat/madang/socketio"
)

const (
	maxNickname = 20   // characters, as the table has it
	maxMessage  = 50   // characters
	history     = 1000 // messages that a newcomer gets and GET /chats lists
)

const readers = "readers" // the room of the sockets that have been greeted

const schema = `CREATE TABLE IF NOT EXISTS chat (
	chat_id    INTEGER PRIMARY KEY AUTOINCREMENT,
	nickname   VARCHAR(20) NOT NULL,
	message    VARCHAR(50) NOT NULL,
	created_at INTEGER NOT NULL -- milliseconds since 1970
)`

var (
	previous = socketio.NewEvent[[]Chat]("previous messages")
	said     = socketio.NewEvent[Line]("chat message")
)

// A Line is what somebody says.
type Line struct {
	Nickname string `json:"nickname"`
	Message  string `json:"message"`
}

// A Chat is a line that was stored.
type Chat struct {
	ID int64 `json:"chatId"`
	Line
	CreatedAt time.Time `json:"createdAt"`
}

// A Board keeps the chats and tells everyone of new ones. Any goroutine may use it.
type Board struct {
	db      *sql.DB
	readers socketio.Target // who has got the history

	// Sockets join and are sent to under mu, so each gets a message once: in the history, or behind
	// it. Emitting never blocks.
	mu     sync.Mutex
	recent []Chat // guarded by mu; the newest of the table, oldest first
}

// NewBoard reads the newest chats.
func NewBoard(ctx context.Context, db *sql.DB, ns *socketio.Namespace) (*Board, error) {
	rows, err := db.QueryContext(ctx, `SELECT chat_id, nickname, message, created_at FROM chat ORDER BY chat_id DESC LIMIT ?`, history)
	if err != nil {
		return nil, fmt.Errorf("read the chats: %w", err)
	}
	defer rows.Close()
	b := &Board{db: db, readers: ns.To(readers), recent: []Chat{}}
	for rows.Next() {
		var c Chat
		var at int64
		if err := rows.Scan(&c.ID, &c.Nickname, &c.Message, &at); err != nil {
			return nil, fmt.Errorf("read a chat: %w", err)
		}
		c.CreatedAt = time.UnixMilli(at).UTC()
		b.recent = append(b.recent, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the chats: %w", err)
	}
	slices.Reverse(b.recent)
	return b, nil
}

// Post stores a line and sends it to everyone, whoever said it by whichever door. A line that
// breaks a limit is a *socketio.Error, and nothing is stored.
func (b *Board) Post(ctx context.Context, line Line) (Chat, error) {
	if err := check("nickname", line.Nickname, maxNickname); err != nil {
		return Chat{}, err
	}
	if err := check("message", line.Message, maxMessage); err != nil {
		return Chat{}, err
	}
	c := Chat{Line: line, CreatedAt: time.Now().UTC().Truncate(time.Millisecond)}
	res, err := b.db.ExecContext(ctx, `INSERT INTO chat (nickname, message, created_at) VALUES (?, ?, ?)`,
		c.Nickname, c.Message, c.CreatedAt.UnixMilli())
	if err != nil {
		return Chat{}, fmt.Errorf("store a chat: %w", err)
	}
	if c.ID, err = res.LastInsertId(); err != nil {
		return Chat{}, fmt.Errorf("store a chat: %w", err)
	}

	b.mu.Lock()
	defer b.mu.Unlock()
	// Two that were stored at the same time may come here in either order.
	at, _ := slices.BinarySearchFunc(b.recent, c.ID, func(c Chat, id int64) int { return cmp.Compare(c.ID, id) })
	b.recent = slices.Insert(b.recent, at, c)
	if len(b.recent) > history {
		b.recent = slices.Delete(b.recent, 0, 1)
	}
	return c, said.Emit(b.readers, line)
}

// Greet sends the history to a newcomer, who gets each further message from then on.
func (b *Board) Greet(newcomer *socketio.Socket) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := newcomer.Join(readers); err != nil {
		return err
	}
	return previous.Emit(newcomer, b.recent)
}

// List returns the history, oldest first.
func (b *Board) List() []Chat {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.recent)
}

func check(name, value string, limit int) error {
	switch n := utf8.RuneCountInString(value); {
	case strings.TrimSpace(value) == "":
		return &socketio.Error{Code: "bad_request", Message: name + " is missing"}
	case n > limit:
		return &socketio.Error{Code: "bad_request", Message: fmt.Sprintf("%s has %d characters, at most %d are allowed", name, n, limit)}
	}
	return nil
}
