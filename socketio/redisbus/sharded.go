package redisbus

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// ShardedOptions configure a Bus by sharded pub/sub. All servers of a cluster have the same
// ChannelPrefix and Mode.
type ShardedOptions struct {
	ChannelPrefix string        // what the names of all channels begin with; default "socket.io"
	Mode          Mode          // default Dynamic
	Heartbeat     time.Duration // between two; a server is gone after four; default 2 s
	MaxQueue      int           // bytes that wait for Redis, else Publish fails; default 16 MiB
}

// A Mode says which channels there are, in the words of the official adapter.
type Mode int

const (
	// Dynamic is one of each namespace and of each room that has members, but those of one socket.
	Dynamic Mode = iota
	// Static is one of each namespace.
	Static
	// DynamicPrivate is Dynamic with one of each socket: what is for a client goes to its server
	// alone, and Redis has a channel more for each client.
	DynamicPrivate
)

// has reports whether a room has a channel.
func (m Mode) has(namespace, room string) bool {
	return m == DynamicPrivate || m == Dynamic && !looksLikeID(namespace, room)
}

// NewSharded makes the Bus of one server by sharded pub/sub, for Redis 7 and newer, beside servers
// of Node that have createShardedAdapter. It panics for a client that can't be one of a cluster.
func NewSharded(client redis.UniversalClient, o ShardedOptions) *Bus {
	l := &sharded{client: checked(client), mode: o.Mode}
	l.channels, l.heartbeat = newChannels(o.ChannelPrefix), cmp.Or(max(o.Heartbeat, 0), cluster.DefaultHeartbeat)
	if o.Mode < Dynamic || o.Mode > DynamicPrivate {
		panic(fmt.Sprintf("redisbus: there is no mode %d", o.Mode))
	}
	engine := Options{Heartbeat: o.Heartbeat, MaxQueue: o.MaxQueue}.engine()
	engine.Rooms, engine.IDs = o.Mode != Static, o.Mode == DynamicPrivate
	l.bus = cluster.New(l, engine)
	return &Bus{l.bus}
}

// sharded is the way by sharded pub/sub, as of @socket.io/redis-adapter.
type sharded struct {
	speech
	client redis.UniversalClient
	mode   Mode
	recent recent
}

// Encode implements cluster.Line.
func (l *sharded) Encode(m *socketio.BusMessage) (*cluster.Frame, error) {
	out, channel, err := l.say(m)
	if err != nil || out == nil {
		return nil, err
	}
	if m.To == "" {
		channel = l.event(m.Namespace, l.recent.room(m, l.mode))
	}
	f := &cluster.Frame{Channel: channel}
	if f.Payload, err = payloadOf(out); err == nil && m.Request != "" && m.To == "" {
		f.Value = &parcel{beside: l.forOurs(f.Payload)}
	}
	return f, err
}

// payloadOf is what goes over pub/sub.
func payloadOf(m *adapter.Message) ([]byte, error) {
	if m.HasBinary() {
		return m.Msgpack(), nil
	}
	return m.JSON()
}

// looksLikeID tells the rooms of one socket, which have no channel when the Mode is Dynamic, as
// servers of Node do: they count in UTF-16. Ids of clients of Socket.IO 2 begin with the namespace.
func looksLikeID(namespace, room string) bool {
	n := 0
	room = strings.TrimPrefix(room, namespace+"#")
	for _, r := range room {
		n += utf16.RuneLen(r)
	}
	return n == 20
}

// Read implements cluster.Line.
func (l *sharded) Read(a cluster.Arrival) (*socketio.BusMessage, error) { return l.read(a) }
