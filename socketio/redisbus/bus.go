package redisbus

import (
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// Options configure a Bus.
type Options struct {
	Key       string        // what the names of all channels begin with; default "socket.io"
	Heartbeat time.Duration // between two; a server is gone after four; default 2 s
	MaxQueue  int           // bytes that wait for Redis, else Publish fails; default 16 MiB
}

// A Bus is a socketio.Bus for one server. Its methods are called from any goroutine.
type Bus struct{ engine }

type engine = *cluster.Bus

// New makes the Bus of one server. It panics for a client that can't be one of a cluster.
func New(client redis.UniversalClient, o Options) *Bus {
	l := &classic{channels: newChannels(o.Key), client: checked(client)}
	l.bus = cluster.New(l, o.engine())
	return &Bus{l.bus}
}

func checked(client redis.UniversalClient) redis.UniversalClient {
	if _, ring := client.(*redis.Ring); ring || client == nil {
		panic(fmt.Sprintf("redisbus: a %T can't connect a cluster", client))
	}
	return client
}

func (o Options) engine() cluster.Options {
	return cluster.Options{Package: "redisbus", Broker: "Redis", Heartbeat: o.Heartbeat, MaxQueue: o.MaxQueue}
}

// Health is nil while Redis can be reached; otherwise it says why not, and what it still tries.
func (b *Bus) Health() error { return b.engine.Health() }

// Stats tells what the bus has done, and how it is.
func (b *Bus) Stats() socketio.BusStats { return b.engine.Stats() }

// classic is the way by pub/sub, as of @socket.io/redis-adapter.
type classic struct {
	channels
	bus       *cluster.Bus
	client    redis.UniversalClient
	questions adapter.Questions
}

// Direct implements cluster.Line.
func (l *classic) Direct(name string) string {
	if name == "" {
		return l.members()
	}
	return l.member(name)
}

// Encode implements cluster.Line.
func (l *classic) Encode(m *socketio.BusMessage) (*cluster.Frame, error) {
	f := new(cluster.Frame)
	var err error
	switch uid := l.bus.Server().Name; {
	case m.To != "":
		if f.Channel, f.Payload, err = l.answerForeign(m); f.Channel == "" {
			return nil, err
		}
	case m.Kind == socketio.BusEmit && m.Request == "":
		f.Channel = l.event(m.Namespace, m.Rooms)
		f.Payload, err = adapter.EncodeEvent(m, uid)
	default:
		f.Channel = l.request(m.Namespace)
		f.Payload, err = encodeRequest(m, uid)
	}
	return f, err
}
