package redisbus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio/internal/cluster"
)

const (
	readCount = 1000
	blockTime = 5 * time.Second
)

// follow reads one stream until the session ends.
func (k *streamLink) follow(ctx context.Context, stream string, reader *pipe) {
	end := func() { _ = reader.Close() }
	defer end()
	unhook := context.AfterFunc(ctx, end)
	defer unhook()
	run := k.bus.Run() + "-"
	for {
		at, _ := k.at.get(stream)
		got, err := reader.XRead(ctx, &redis.XReadArgs{Streams: []string{stream, at.String()}, Count: readCount, Block: blockTime}).Result()
		if errors.Is(err, redis.Nil) {
			continue
		}
		if err != nil {
			k.Fail(fmt.Errorf("redisbus: read stream %s: %w", stream, err))
			return
		}
		k.returns.hear()
		for _, s := range got {
			for _, m := range s.Messages {
				if at, err = parseOffset(m.ID); err != nil {
					k.Fail(err)
					return
				}
				e := &entry{at, m.Values}
				if id := e.field(ours); strings.HasPrefix(id, run) {
					k.at.see(id)
					k.returns.arrive(id, m.ID)
				} else {
					k.Put(cluster.Arrival{Channel: stream, Payload: []byte(e.field("data")), Value: e})
				}
				k.at.set(stream, at)
			}
		}
	}
}
