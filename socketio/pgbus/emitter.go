package pgbus

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A Publisher is a pool, a connection, or a transaction, which sends when it is committed.
type Publisher interface {
	Exec(ctx context.Context, sql string, arguments ...any) (pgconn.CommandTag, error)
}

// NewEmitter speaks to the cluster of New, as @socket.io/postgres-emitter does, and is heard by
// Node's servers, too. Of Options only Channel and Table count. A server of the cluster makes the
// table.
func NewEmitter(p Publisher, o Options) emitter.Emitter {
	n := o.names()
	var sent atomic.Uint64
	return emitter.New(func(m *socketio.BusMessage) error {
		out, err := adapter.Encode(m, cluster.EmitterName)
		if err == nil {
			err = n.emit(p, out, int(sent.Add(1)%mostSent))
		}
		if err != nil {
			return fmt.Errorf("pgbus: emit: %w", err)
		}
		return nil
	})
}

// mostSent equal messages of one transaction are told apart.
const mostSent = 1 << 20

func (n names) emit(p Publisher, m *adapter.Message, number int) error {
	f, err := n.frame(m)
	if err != nil {
		return err
	}
	l := f.Value.(letter)
	payload := string(f.Payload) + spaces(number)
	if l.head == nil && len(payload) <= mostPayload {
		_, err = p.Exec(context.Background(), "SELECT pg_notify($1, $2)", f.Channel, payload)
		return err
	}
	if l.head == nil {
		l.head = head(header{m.UID, m.Type, m.NSP})
	}
	_, err = p.Exec(context.Background(), n.attach(), f.Payload, string(l.head), tail, []string{f.Channel})
	return err
}
