package redisbus

import (
	"context"
	"fmt"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/internal/adapter"
	"github.com/madang-chat/madang/socketio/internal/cluster"
)

// A Publisher is a client of Redis, or a pipeline, which sends when it is executed and has the
// errors then.
type Publisher interface {
	Publish(ctx context.Context, channel string, message any) *redis.IntCmd
}

// NewEmitter speaks to the cluster of New, as @socket.io/redis-emitter does. Of Options only Key
// counts.
func NewEmitter(p Publisher, o Options) emitter.Emitter {
	c := newChannels(o.Key)
	return emitter.New(func(m *socketio.BusMessage) error {
		channel, encode := c.request(m.Namespace), encodeRequest
		if m.Kind == socketio.BusEmit {
			channel, encode = c.event(m.Namespace, m.Rooms), adapter.EncodeEvent
		}
		payload, err := encode(m, cluster.EmitterName)
		if err == nil {
			err = p.Publish(context.Background(), channel, payload).Err()
		}
		if err != nil {
			return fmt.Errorf("redisbus: emit: %w", err)
		}
		return nil
	})
}
