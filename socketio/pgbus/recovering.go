package pgbus

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// RecoveringOptions configure a RecoveringBus. All servers of a cluster have the same.
type RecoveringOptions struct {
	Options
	EventTable   string        // default "socket_io_events"
	SessionTable string        // default "socket_io_sessions"
	MaxEvents    int           // about so many are kept; default 100,000
	MaxAge       time.Duration // and for so long; default 1 h
}

// A RecoveringBus is a Bus that keeps events and the sessions of clients that are away in two more
// tables, so that Options.Recovery of a server brings clients back to any server.
type RecoveringBus struct {
	Bus
	line *line
}

// NewRecovering makes the Bus of one server. It panics as New does.
func NewRecovering(pool *pgxpool.Pool, o RecoveringOptions) *RecoveringBus {
	l := newLine(pool, o.Options, keepTime)
	l.log = o.eventLog()
	l.log.give = l.bus.Made
	return &RecoveringBus{Bus{l.bus}, l}
}

// Publish implements socketio.Bus.
func (b *RecoveringBus) Publish(m *socketio.BusMessage) error {
	if m.Number == 0 {
		return b.engine.Publish(m)
	}
	return b.line.log.publish(m, func() (away bool, err error) {
		err = b.engine.Publish(m)
		return b.engine.Health() != nil, err
	})
}

func (b *RecoveringBus) up() error {
	if err := b.engine.Health(); err != nil {
		return fmt.Errorf("pgbus: PostgreSQL is away: %w", err)
	}
	return nil
}

// Since implements socketio.EventLog. An offset is known as long as its own event is kept: those
// behind it are kept longer.
func (b *RecoveringBus) Since(ctx context.Context, namespace, offset string, n int) (list []*socketio.BusMessage, err error) {
	if err := b.up(); err != nil {
		return nil, err
	}
	after, err := strconv.ParseInt(offset, 10, 64)
	if err != nil || after <= 0 {
		return nil, socketio.ErrOffset
	}
	rows, err := b.line.pool.Query(ctx, "SELECT id, payload FROM "+b.line.log.events+
		" WHERE id = $1 OR id > $1 AND namespace = $2 ORDER BY id LIMIT $3", after, b.line.kept(namespace), n+1)
	if err != nil {
		return nil, fmt.Errorf("pgbus: read events: %w", err)
	}
	defer rows.Close()
	known := false
	for rows.Next() {
		var id int64
		var payload []byte
		if err := rows.Scan(&id, &payload); err != nil {
			return nil, fmt.Errorf("pgbus: read events: %w", err)
		}
		if id == after {
			known = true
			continue
		}
		m, err := keptMessage(id, payload)
		if err != nil {
			return nil, fmt.Errorf("pgbus: read event %d: %w", id, err)
		}
		list = append(list, m)
	}
	switch err := rows.Err(); {
	case err != nil:
		return nil, fmt.Errorf("pgbus: read events: %w", err)
	case !known:
		return nil, socketio.ErrOffset
	}
	return list[:min(len(list), n)], nil
}

func keptMessage(id int64, payload []byte) (*socketio.BusMessage, error) {
	e, err := adapter.Open(payload)
	if err != nil {
		return nil, err
	}
	m, _, err := e.Read()
	if err == nil && m == nil {
		err = errors.New("an answer")
	}
	if err != nil {
		return nil, err
	}
	m.Offset = strconv.FormatInt(id, 10)
	return m, nil
}

// key is what stands for texts in a table: they may be none to PostgreSQL, and secret.
func key(texts ...string) []byte {
	text, err := json.Marshal(texts)
	if err != nil {
		panic(fmt.Sprintf("pgbus: a key: %v", err)) // strings always can
	}
	for _, t := range texts {
		text = append(text, t...) // also what isn't UTF-8
	}
	sum := sha256.Sum256(text)
	return sum[:16]
}

// SaveSession implements socketio.SessionStore.
func (b *RecoveringBus) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	if err := b.up(); err != nil {
		return err
	}
	text, err := json.Marshal(s)
	if err == nil {
		_, err = b.line.pool.Exec(ctx, "INSERT INTO "+b.line.log.sessions+" (key, ends, session) VALUES ($1, now() + make_interval(secs => $2), $3)"+
			" ON CONFLICT (key) DO UPDATE SET ends = excluded.ends, session = excluded.session", key(b.line.channel, namespace, s.PID), min(keep, longest).Seconds(), text)
	}
	if err != nil {
		return fmt.Errorf("pgbus: keep a session: %w", err)
	}
	return nil
}

// longest is how long a session may be kept; more is no time to PostgreSQL.
const longest = 100 * 365 * 24 * time.Hour

// TakeSession implements socketio.SessionStore.
func (b *RecoveringBus) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	if err := b.up(); err != nil {
		return nil, err
	}
	var text []byte
	var there bool
	err := b.line.pool.QueryRow(ctx, "DELETE FROM "+b.line.log.sessions+" WHERE key = $1 RETURNING session, ends > now()", key(b.line.channel, namespace, pid)).Scan(&text, &there)
	if errors.Is(err, pgx.ErrNoRows) || err == nil && !there {
		return nil, nil
	}
	s := new(socketio.BusSession)
	if err == nil {
		err = json.Unmarshal(text, s)
	}
	if err != nil {
		return nil, fmt.Errorf("pgbus: take a session: %w", err)
	}
	return s, nil
}
