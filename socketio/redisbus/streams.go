package redisbus

import (
	"cmp"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"
	"unicode/utf16"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// StreamsOptions configure a Bus by streams. All servers of a cluster have the same, but for the
// last two.
type StreamsOptions struct {
	StreamName       string        // default "socket.io"
	StreamCount      int           // more share the namespaces among them; default 1
	MaxLen           int64         // about so many entries are kept of each; default 10,000
	ChannelPrefix    string        // of the channels for questions and answers; default "socket.io"
	ShardedPubSub    bool          // these are sharded, for Redis 7 and newer
	SessionKeyPrefix string        // of the keys of sessions; default "sio:session:"
	Heartbeat        time.Duration // between two; a server is gone after four; default 2 s
	MaxQueue         int           // bytes that wait for Redis, else Publish fails; default 16 MiB
}

const defaultMaxLen = 10_000

// NewStreams makes the Bus of one server by streams, for Redis 6.2 and newer, beside servers of
// Node that have @socket.io/redis-streams-adapter. It makes connections of its own with the options
// of the client, which is a *redis.Client or a *redis.ClusterClient: it panics for another one.
func NewStreams(client redis.UniversalClient, o StreamsOptions) *StreamsBus {
	switch client.(type) {
	case *redis.Client, *redis.ClusterClient:
	default:
		panic(fmt.Sprintf("redisbus: a %T can't read streams", client))
	}
	l := &streams{client: client, layout: newLayout(o), sharded: o.ShardedPubSub, at: newPositions()}
	l.sessions = cmp.Or(o.SessionKeyPrefix, "sio:session:")
	l.channels, l.heartbeat = newChannels(o.ChannelPrefix), cmp.Or(max(o.Heartbeat, 0), cluster.DefaultHeartbeat)
	l.bus = cluster.New(l, Options{Heartbeat: o.Heartbeat, MaxQueue: o.MaxQueue}.engine())
	l.returns.made = l.bus.Made
	return &StreamsBus{l.bus, l}
}

// streams is the way by streams, as of @socket.io/redis-streams-adapter.
type streams struct {
	speech
	layout
	client   redis.UniversalClient
	sharded  bool
	sessions string // what their keys begin with
	at       *positions
	last     atomic.Uint64 // of the ids of our entries
	pipes    pipes
	store    store
	returns  returns
}

// A layout is which streams there are.
type layout struct {
	name   string
	count  int
	maxLen int64
}

func newLayout(o StreamsOptions) layout {
	return layout{cmp.Or(o.StreamName, defaultKey), max(o.StreamCount, 1), cmp.Or(max(o.MaxLen, 0), defaultMaxLen)}
}

// all are the names of the streams.
func (l layout) all() (names []string) {
	if l.count == 1 {
		return []string{l.name}
	}
	for i := range l.count {
		names = append(names, l.name+"-"+strconv.Itoa(i))
	}
	return names
}

// of is the stream of a namespace. Where servers of Node take a negative number, which nobody
// reads, ours take the one that is read.
func (l layout) of(namespace string) string {
	if l.count == 1 {
		return l.name
	}
	var hash int32
	for _, unit := range utf16.Encode([]rune(namespace)) {
		hash = hash*31 + int32(unit)
	}
	n := int(hash) % l.count
	if n < 0 {
		n += l.count
	}
	return l.name + "-" + strconv.Itoa(n)
}

// isKept reports whether m goes into the stream.
func isKept(m *socketio.BusMessage) bool {
	switch m.Kind {
	case socketio.BusEmit, socketio.BusJoin, socketio.BusLeave, socketio.BusDisconnect:
		return m.To == "" && m.Request == ""
	}
	return false
}

// Encode implements cluster.Line.
func (l *streams) Encode(m *socketio.BusMessage) (*cluster.Frame, error) {
	out, channel, err := l.say(m)
	if err != nil || out == nil {
		return nil, err
	}
	p := &parcel{stream: l.of(m.Namespace)}
	if isKept(m) {
		p.id = l.bus.Run() + "-" + strconv.FormatUint(l.last.Add(1), 10)
		f := &cluster.Frame{Channel: p.stream, Value: p}
		if p.entry, f.Payload, err = entryOf(out, p.id); err == nil && m.Number != 0 {
			l.returns.add(p.id, m)
		}
		return f, err
	}
	f := &cluster.Frame{Channel: channel, Value: p}
	if m.To == "" {
		f.Channel = l.event(m.Namespace, nil)
	}
	f.Payload = out.Msgpack()
	if m.To == "" && m.Request != "" {
		p.beside = l.forOurs(f.Payload)
	}
	return f, nil
}

// Read implements cluster.Line.
func (l *streams) Read(a cluster.Arrival) (*socketio.BusMessage, error) {
	e, ok := a.Value.(*entry)
	if !ok {
		return l.read(a)
	}
	envelope, err := e.open()
	if err != nil {
		return nil, err
	}
	m, err := l.take(envelope, false)
	if err == nil && m != nil {
		e.mark(m)
	}
	return m, err
}
