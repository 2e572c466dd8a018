package redisbus_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/bustest"
	"github.com/madang-chat/madang/socketio/redisbus"
)

// runBus runs the suite on a Redis of each test.
func runBus(t *testing.T, make func(name string, client redis.UniversalClient) socketio.Bus) {
	nodetest.Need(t, nodetest.Redis)
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		b := startRedis(t)
		lines := newLines()
		return bustest.Cluster{
			Patience: patience,
			Bus: func() socketio.Bus {
				client, l := b.client(t)
				return lines.add(make(t.Name(), client), l)
			},
			Cut:         func(bus socketio.Bus) { lines.of(bus).set(true) },
			Heal:        func(bus socketio.Bus) { lines.of(bus).set(false) },
			StopBroker:  b.stop,
			StartBroker: b.start,
			CatchesUp:   true, // streams do
		}
	})
}

func TestShardedBus(t *testing.T) {
	runBus(t, func(name string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewSharded(client, redisbus.ShardedOptions{ChannelPrefix: fmt.Sprintf("key [%s]*", name)})
	})
}

func TestStaticShardedBus(t *testing.T) {
	runBus(t, func(_ string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewSharded(client, redisbus.ShardedOptions{Mode: redisbus.Static})
	})
}

func TestPrivateShardedBus(t *testing.T) {
	runBus(t, func(_ string, client redis.UniversalClient) socketio.Bus {
		return redisbus.NewSharded(client, redisbus.ShardedOptions{Mode: redisbus.DynamicPrivate})
	})
}

// In a Redis Cluster channels whose prefix has a hash tag are one server's, so all is in order.
func TestShardedBusOnRedisCluster(t *testing.T) {
	nodetest.Need(t, nodetest.Redis)
	_, addresses := startRedisCluster(t)
	var tests atomic.Int64
	bustest.Run(t, func(t testing.TB) bustest.Cluster {
		prefix := fmt.Sprintf("{%d}", tests.Add(1))
		lines := newLines()
		return bustest.Cluster{
			Patience: patience,
			Bus: func() socketio.Bus {
				l := newLine()
				client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: addresses, Dialer: l.dial})
				t.Cleanup(func() { client.Close() })
				return lines.add(redisbus.NewSharded(client, redisbus.ShardedOptions{ChannelPrefix: prefix}), l)
			},
			Cut:  func(bus socketio.Bus) { lines.of(bus).set(true) },
			Heal: func(bus socketio.Bus) { lines.of(bus).set(false) },
		}
	})
}
