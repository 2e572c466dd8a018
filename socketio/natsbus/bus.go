package natsbus

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Options configure a Bus.
type Options struct {
	Subject    string        // what all subjects begin with; default "socket.io"
	Heartbeat  time.Duration // between two; a server is gone after four; default 2 s
	MaxQueue   int           // bytes that wait for NATS, else Publish fails; default 16 MiB
	MaxMessage int           // bytes of one message, else Publish fails; default 8 MiB
}

const (
	defaultSubject    = "socket.io"
	defaultMaxMessage = 8 << 20
)

// A Bus is a socketio.Bus for one server. Its methods are called from any goroutine.
type Bus struct {
	engine
	line *line
}

type engine = *cluster.Bus

// New makes the Bus of one server. It panics for a connection or a subject that can't be those of a
// cluster.
func New(conn *nats.Conn, o Options) *Bus {
	return newBus(newLine(conn, o), o)
}

func newBus(l *line, o Options) *Bus {
	l.bus = cluster.New(l, cluster.Options{
		Package: "natsbus", Broker: "NATS", Heartbeat: o.Heartbeat, MaxQueue: o.MaxQueue, Rooms: l.log == nil,
	})
	return &Bus{l.bus, l}
}

// Health is nil while NATS can be reached and refuses nothing; otherwise it says why not.
func (b *Bus) Health() error {
	if err := b.engine.Health(); err != nil {
		return err
	}
	return b.line.refusal()
}

// Stats tells what the bus has done, and how it is.
func (b *Bus) Stats() socketio.BusStats { return b.engine.Stats() }

// line is the way over NATS.
type line struct {
	subjects
	bus        *cluster.Bus
	conn       *nats.Conn
	maxMessage int
	joins      joins
	pieces     pieces
	messages   atomic.Uint64 // those that were cut into pieces
	run        string        // of an emitter
	cutting    sync.Mutex    // one message is cut and published at a time
	log        *eventLog     // nil: there is none

	mu      sync.Mutex
	refused map[string]error // by subject; guarded by mu
}

func newLine(conn *nats.Conn, o Options) *line {
	subject := cmp.Or(o.Subject, defaultSubject)
	switch {
	case conn == nil:
		panic("natsbus: there is no connection")
	case conn.Opts.NoEcho:
		panic("natsbus: a connection with nats.NoEcho doesn't hear its own heartbeats")
	case strings.ContainsAny(subject, " \t\r\n*>") || slices.Contains(strings.Split(subject, "."), ""):
		panic(fmt.Sprintf("natsbus: %q can't begin subjects", subject))
	}
	l := &line{subjects: subjects{subject}, conn: conn, maxMessage: cmp.Or(o.MaxMessage, defaultMaxMessage)}
	l.pieces.most = l.maxMessage
	return l
}

// Direct implements cluster.Line.
func (l *line) Direct(name string) string {
	if name == "" {
		return l.servers()
	}
	return l.server(name)
}

// A route is where a Frame goes when it is sent.
type route struct {
	room   cluster.Need   // it is for this one alone; empty: for more
	joins  []cluster.Need // rooms that others may enter by it
	number uint64         // of an event that comes back
}

// Encode implements cluster.Line.
func (l *line) Encode(m *socketio.BusMessage) (*cluster.Frame, error) {
	payload, err := encode(m, l.runOf())
	if err == nil && len(payload) > l.maxMessage {
		err = fmt.Errorf("%d bytes, more than Options.MaxMessage", len(payload))
	}
	if err != nil {
		return nil, err
	}
	f := &cluster.Frame{Channel: l.out(m.Namespace, ""), Payload: payload}
	switch {
	case m.To != "":
		f.Channel = l.to(m.To)
	case m.Request != "" || m.Namespace == "":
		f.Channel = l.out("", "")
	case l.log != nil && m.Number != 0:
		f.Value = route{number: m.Number}
	case l.log != nil:
	case m.Kind == socketio.BusJoin:
		f.Value = route{joins: roomsOf(m)}
	case m.Kind == socketio.BusEmit && len(m.Rooms) == 1 && !anID(m.Rooms[0]):
		f.Value = route{room: cluster.Need{Namespace: m.Namespace, Room: m.Rooms[0]}}
	}
	return f, nil
}

// runOf tells whose messages these are.
func (l *line) runOf() string {
	if l.bus == nil {
		return l.run
	}
	return l.bus.Run()
}

// subject is where a frame goes.
func (l *line) subject(f *cluster.Frame) string {
	r, ok := f.Value.(route)
	if !ok {
		return f.Channel
	}
	l.joins.note(r.joins)
	if r.room.Room == "" || l.joins.recent(r.room) {
		return f.Channel
	}
	return l.out(r.room.Namespace, r.room.Room)
}
