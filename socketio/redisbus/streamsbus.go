package redisbus

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
)

// A StreamsBus is a socketio.Bus for one server, which keeps events and sessions: with
// socketio.Options.Recovery a client comes back to any server, also one of Node.
type StreamsBus struct {
	engine
	line *streams
}

// Health is nil while Redis can be reached; otherwise it says why not, and what it still tries.
func (b *StreamsBus) Health() error { return b.engine.Health() }

// Stats tells what the bus has done, and how it is.
func (b *StreamsBus) Stats() socketio.BusStats { return b.engine.Stats() }

// Publish implements socketio.Bus. While Redis is away it keeps what can be sent later.
func (b *StreamsBus) Publish(m *socketio.BusMessage) error {
	err := b.engine.Publish(m)
	switch {
	case m.Number == 0:
	case err != nil:
		b.line.returns.forgetNumber(m.Number)
	case b.engine.Health() != nil:
		b.line.returns.giveUp()
	}
	return err
}

// rangeCount is how many entries are read at a time.
const rangeCount = 500

// Since implements socketio.EventLog.
func (b *StreamsBus) Since(ctx context.Context, namespace, text string, n int) (list []*socketio.BusMessage, err error) {
	at, err := parseOffset(text)
	if err != nil {
		return nil, socketio.ErrOffset
	}
	stream := b.line.of(namespace)
	for {
		var entries []redis.XMessage
		err := b.line.ask(ctx, "read stream "+stream, stream, func(ctx context.Context, c *redis.Client) (err error) {
			entries, err = c.XRangeN(ctx, stream, at.String(), "+", rangeCount).Result()
			return err
		})
		if err != nil {
			return nil, err
		}
		// The one that has been read is read again: when it isn't there, others may be missing.
		if len(entries) == 0 || entries[0].ID != at.String() {
			return nil, socketio.ErrOffset
		}
		for _, x := range entries[1:] {
			if at, err = parseOffset(x.ID); err != nil {
				return nil, err
			}
			e := &entry{at, x.Values}
			if e.field("nsp") != namespace {
				continue
			}
			m, err := e.message()
			if err != nil || m == nil || m.Offset == "" {
				continue // who read it live has been told
			}
			if list = append(list, m); len(list) == n {
				return list, nil
			}
		}
		if len(entries) < rangeCount {
			return list, nil
		}
	}
}

// SaveSession implements socketio.SessionStore.
func (b *StreamsBus) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	raw, err := adapter.EncodeSession(namespace, s)
	if err != nil {
		return fmt.Errorf("redisbus: %w", err)
	}
	key := b.line.sessions + s.PID
	return b.line.ask(ctx, "save a session", key, func(ctx context.Context, c *redis.Client) error {
		return c.Set(ctx, key, base64.StdEncoding.EncodeToString(raw), max(keep, time.Millisecond)).Err()
	})
}

// TakeSession implements socketio.SessionStore.
func (b *StreamsBus) TakeSession(ctx context.Context, namespace, pid string) (s *socketio.BusSession, err error) {
	key := b.line.sessions + pid
	var text string
	err = b.line.ask(ctx, "take a session", key, func(ctx context.Context, c *redis.Client) (err error) {
		if text, err = c.GetDel(ctx, key).Result(); errors.Is(err, redis.Nil) {
			return nil
		}
		return err
	})
	if err != nil || text == "" {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, fmt.Errorf("redisbus: a session: %w", err)
	}
	of, s, err := adapter.DecodeSession(raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("redisbus: %w", err)
	case of != "" && of != namespace || s.PID != pid:
		return nil, nil // nobody comes back to another namespace's rooms
	}
	return s, nil
}
