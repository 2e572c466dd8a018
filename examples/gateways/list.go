package main

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

const maxRooms = 1000 // the whole list is sent with each change

const schema = `CREATE TABLE IF NOT EXISTS room (
	room_id INTEGER PRIMARY KEY AUTOINCREMENT,
	name    TEXT NOT NULL UNIQUE
)`

var rooms = socketio.NewEvent[[]string]("rooms")

// A Room is an entry of the list.
type Room struct {
	ID   int64
	Name string
}

// A List is the list of rooms, which outlives the program. Any goroutine may use it.
type List struct {
	db *sql.DB
	ns *socketio.Namespace

	// The list is sent under mu, so that what arrives last is the newest. Emitting never blocks.
	mu    sync.Mutex
	rooms []Room // guarded by mu; oldest first
}

// NewList reads the rooms. ns is told of changes.
func NewList(ctx context.Context, db *sql.DB, ns *socketio.Namespace) (*List, error) {
	rows, err := db.QueryContext(ctx, `SELECT room_id, name FROM room ORDER BY room_id`)
	if err != nil {
		return nil, fmt.Errorf("read the rooms: %w", err)
	}
	defer rows.Close()
	l := &List{db: db, ns: ns}
	for rows.Next() {
		var r Room
		if err := rows.Scan(&r.ID, &r.Name); err != nil {
			return nil, fmt.Errorf("read a room: %w", err)
		}
		l.rooms = append(l.rooms, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the rooms: %w", err)
	}
	return l, nil
}

// Add stores a room. A name that exists, and one too many, is a *socketio.Error.
func (l *List) Add(ctx context.Context, name string) (Room, error) {
	if l.len() >= maxRooms {
		return Room{}, &socketio.Error{Code: "full", Message: "방을 더 만들 수 없습니다."}
	}
	res, err := l.db.ExecContext(ctx, `INSERT INTO room (name) VALUES (?) ON CONFLICT DO NOTHING`, name)
	if err != nil {
		return Room{}, fmt.Errorf("store a room: %w", err)
	}
	if n, err := res.RowsAffected(); err != nil {
		return Room{}, fmt.Errorf("store a room: %w", err)
	} else if n == 0 {
		return Room{}, &socketio.Error{Code: "exists", Message: "이미 있는 방입니다."}
	}
	id, err := res.LastInsertId()
	if err != nil {
		return Room{}, fmt.Errorf("store a room: %w", err)
	}
	return Room{id, name}, nil
}

// Publish puts a room that was added into the list and shows the list to everybody.
func (l *List) Publish(r Room) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	// Two that were added at the same time may come here in either order.
	at, _ := slices.BinarySearchFunc(l.rooms, r, func(a, b Room) int { return cmp.Compare(a.ID, b.ID) })
	l.rooms = slices.Insert(l.rooms, at, r)
	return rooms.Emit(l.ns, l.names())
}

// Show sends the list to one socket.
func (l *List) Show(to *socketio.Socket) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return rooms.Emit(to, l.names())
}

func (l *List) len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.rooms)
}

// names needs mu.
func (l *List) names() []string {
	names := make([]string, len(l.rooms))
	for i, r := range l.rooms {
		names[i] = r.Name
	}
	return names
}
