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

// A StreamsPublisher is a client of Redis, or a pipeline, which sends when it is executed and has
// the errors then.
type StreamsPublisher interface {
	XAdd(ctx context.Context, a *redis.XAddArgs) *redis.StringCmd
}

// NewStreamsEmitter speaks to the cluster of NewStreams, as @socket.io/redis-streams-emitter does:
// all goes through the streams. Of StreamsOptions only what they are counts.
func NewStreamsEmitter(p StreamsPublisher, o StreamsOptions) emitter.Emitter {
	l := newLayout(o)
	return emitter.New(func(m *socketio.BusMessage) error {
		out, err := adapter.Encode(m, cluster.EmitterName)
		var fields []any
		if err == nil {
			fields, _, err = entryOf(out, "")
		}
		if err == nil {
			err = p.XAdd(context.Background(), &redis.XAddArgs{Stream: l.of(m.Namespace), MaxLen: l.maxLen, Approx: true, Values: fields}).Err()
		}
		if err != nil {
			return fmt.Errorf("redisbus: emit: %w", err)
		}
		return nil
	})
}
