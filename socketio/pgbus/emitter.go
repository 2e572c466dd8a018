package pgbus

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
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
	return (&line{names: o.names()}).emitter(p)
}

// NewRecoveringEmitter speaks to the cluster of NewRecovering: what it emits is kept. Over a
// transaction it holds up what all servers emit until that ends.
func NewRecoveringEmitter(p Publisher, o RecoveringOptions) emitter.Emitter {
	return (&line{names: o.names(), log: o.eventLog()}).emitter(p)
}

func (l *line) emitter(p Publisher) emitter.Emitter {
	var sent atomic.Uint64
	return emitter.New(func(m *socketio.BusMessage) error {
		f, err := l.encode(m, cluster.EmitterName)
		if err == nil {
			sql, args := l.statement(f, int(sent.Add(1)%mostSent))
			_, err = p.Exec(context.Background(), sql, args...)
		}
		if err != nil {
			return fmt.Errorf("pgbus: emit: %w", err)
		}
		return nil
	})
}

// mostSent equal messages of one transaction are told apart.
const mostSent = 1 << 20

// statement is how one message is sent alone.
func (l *line) statement(f *cluster.Frame, number int) (sql string, args []any) {
	v := f.Value.(letter)
	switch {
	case v.kept && v.head == nil:
		var r run
		r.add(l.names, f, "")
		return l.log.statement(&r)
	case v.kept:
		return l.log.attached(l.names, f, "")
	}
	payload := string(f.Payload) + spaces(number)
	if v.head == nil && len(payload) <= mostPayload {
		return "SELECT pg_notify($1, $2)", []any{f.Channel, payload}
	}
	if v.head == nil {
		v.head = head(header{UID: cluster.EmitterName})
	}
	return l.attach(), []any{f.Payload, string(v.head), tail, []string{f.Channel}}
}
