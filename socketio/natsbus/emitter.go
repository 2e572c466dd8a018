package natsbus

import (
	"context"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// NewEmitter speaks to the cluster of New. Of Options only Subject and MaxMessage count. One serves
// the whole program: an event for a room that sockets have just entered by another Emitter may miss
// them.
func NewEmitter(conn *nats.Conn, o Options) emitter.Emitter { return newEmitter(newLine(conn, o)) }

// NewStreamEmitter is NewEmitter for the cluster of NewStream.
func NewStreamEmitter(conn *nats.Conn, o StreamOptions) emitter.Emitter {
	l := newLine(conn, o.Options)
	l.log = newEventLog(l, o)
	return newEmitter(l)
}

func newEmitter(l *line) emitter.Emitter {
	l.run = cluster.NewID()
	return emitter.New(func(m *socketio.BusMessage) error {
		copied := *m
		copied.From = cluster.EmitterName
		if err := l.emit(&copied); err != nil {
			return fmt.Errorf("natsbus: emit: %w", err)
		}
		return nil
	})
}

// emit publishes a message and waits until NATS has it.
func (l *line) emit(m *socketio.BusMessage) error {
	f, err := l.Encode(m)
	if err != nil {
		return err
	}
	if err := l.connected(); err != nil {
		return err
	}
	before, times := l.conn.LastError(), l.conn.Stats().Reconnects
	subject := l.subject(f)
	send := func(p []byte) error { return l.conn.Publish(subject, p) }
	if l.log != nil {
		js, err := jetstream.New(l.conn)
		if err != nil {
			return err
		}
		send = func(p []byte) error {
			_, err := js.Publish(context.Background(), subject, p, jetstream.WithRetryAttempts(0))
			return err
		}
	}
	if err := l.publish(f.Payload, send); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), answerTime)
	defer cancel()
	if err := l.conn.FlushWithContext(ctx); err != nil {
		return fmt.Errorf("wait for NATS: %w", err)
	}
	if l.conn.Stats().Reconnects != times {
		return errBroke
	}
	err = l.conn.LastError()
	if err != before && errors.Is(err, nats.ErrPermissionViolation) && subjectOf(err) == subject {
		return err
	}
	return nil
}
