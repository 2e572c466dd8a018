package pgbus

import (
	"cmp"
	"fmt"
	"regexp"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Options configure a Bus.
type Options struct {
	Channel   string          // what the names of all channels begin with; default "socket.io"
	Table     string          // of what is too large for a channel; default "socket_io_attachments"
	Listen    *pgx.ConnConfig // of the connection that listens; default: as those of the pool
	Heartbeat time.Duration   // between two; a server is gone after four; default 2 s
	MaxQueue  int             // bytes that wait for PostgreSQL, else Publish fails; default 16 MiB
}

// What Options are by default.
const (
	defaultChannel = "socket.io"
	defaultTable   = "socket_io_attachments"
)

// A Bus is a socketio.Bus for one server. Its methods are called from any goroutine.
type Bus struct{ engine }

type engine = *cluster.Bus

// New makes the Bus of one server. It panics without a pool, and when Options.Table can't be the
// name of a table.
func New(pool *pgxpool.Pool, o Options) *Bus { return &Bus{newLine(pool, o, keepTime).bus} }

func newLine(pool *pgxpool.Pool, o Options, keep time.Duration) *line {
	if pool == nil {
		panic("pgbus: there is no pool")
	}
	l := &line{names: o.names(), pool: pool, listen: o.Listen, keep: keep}
	l.bus = cluster.New(l, cluster.Options{
		Package: "pgbus", Broker: "PostgreSQL", Heartbeat: o.Heartbeat, MaxQueue: o.MaxQueue,
	})
	return l
}

// Health is nil while PostgreSQL can be reached; otherwise it says why not, and what it still
// tries.
func (b *Bus) Health() error { return b.engine.Health() }

// Stats tells what the bus has done, and how it is.
func (b *Bus) Stats() socketio.BusStats { return b.engine.Stats() }

// table is what a name may be that stands in statements as it is: as in those of Node's servers,
// whose options have the same one.
var table = regexp.MustCompile(`^[\pL_][\pL\pN_$]*(\.[\pL_][\pL\pN_$]*)?$`)

func (o Options) names() names {
	return names{channel: cmp.Or(o.Channel, defaultChannel), table: checked(cmp.Or(o.Table, defaultTable))}
}

func checked(name string) string {
	if !table.MatchString(name) {
		panic(fmt.Sprintf("pgbus: %q can't be the name of a table: letters, digits and _, and a schema before a point", name))
	}
	return name
}

// line is the way by LISTEN and NOTIFY, as of @socket.io/postgres-adapter.
type line struct {
	names
	bus       *cluster.Bus
	pool      *pgxpool.Pool
	listen    *pgx.ConnConfig   // nil: as the pool's
	keep      time.Duration     // attachments
	questions adapter.Questions // of Node's servers
	nodes     adapter.Nodes     // that are there
	early     early             // Read's
	log       *eventLog         // nil: events aren't kept
}

// Direct implements cluster.Line.
func (l *line) Direct(name string) string {
	if name == "" {
		return l.members()
	}
	return l.member(name)
}

// Encode implements cluster.Line.
func (l *line) Encode(m *socketio.BusMessage) (*cluster.Frame, error) {
	uid := l.bus.Server().Name
	if m.To != "" {
		q, ok := l.questions.Answered(m)
		if !ok {
			return nil, cluster.ErrOurs
		}
		answer, err := q.Answer(m, uid)
		if err != nil || answer == nil {
			return nil, err
		}
		return l.frame(answer)
	}
	return l.encode(m, uid)
}

// encode is for what is no answer.
func (l *line) encode(m *socketio.BusMessage, uid string) (*cluster.Frame, error) {
	out, err := adapter.Encode(m, uid)
	if err != nil {
		return nil, err
	}
	f, err := l.frame(out)
	if err != nil {
		return nil, err
	}
	v := f.Value.(letter)
	if m.Request != "" {
		// Ours answer whether they have the namespace or not, so they hear it on another channel.
		v.also = l.questionsOfOurs()
	}
	if l.log != nil && isKept(m) {
		v.kept, v.namespace, v.number = true, m.Namespace, m.Number
		if v.head == nil && len(f.Payload) > mostPayload-mostMark {
			v.head = head(header{uid, adapter.TypeEmit, m.Namespace})
			f.Payload = out.Msgpack()
		}
	}
	f.Value = v
	return f, nil
}
