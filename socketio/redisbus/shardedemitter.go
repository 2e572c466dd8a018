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

// A ShardedPublisher is a client of Redis, or a pipeline, which sends when it is executed and has
// the errors then.
type ShardedPublisher interface {
	SPublish(ctx context.Context, channel string, message any) *redis.IntCmd
}

// NewShardedEmitter speaks to the cluster of NewSharded. Of ShardedOptions only ChannelPrefix and
// Mode count.
func NewShardedEmitter(p ShardedPublisher, o ShardedOptions) emitter.Emitter {
	c, sent := newChannels(o.ChannelPrefix), new(recent)
	return emitter.New(func(m *socketio.BusMessage) error {
		out, err := adapter.Encode(m, cluster.EmitterName)
		var payload []byte
		if err == nil {
			payload, err = payloadOf(out)
		}
		if err == nil {
			err = p.SPublish(context.Background(), c.event(m.Namespace, sent.room(m, o.Mode)), payload).Err()
		}
		if err != nil {
			return fmt.Errorf("redisbus: emit: %w", err)
		}
		return nil
	})
}
