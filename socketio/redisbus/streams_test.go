package redisbus_test

import (
	"fmt"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
)

func TestStreamsBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewStreams(client, redisbus.StreamsOptions{StreamName: fmt.Sprintf("stream [%s]*", name)})
	})
}

func TestManyStreamsBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewStreams(client, redisbus.StreamsOptions{StreamCount: 4, ShardedPubSub: true, ChannelPrefix: name})
	})
}
