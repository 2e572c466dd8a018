package redisbus_test

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// When the node of a Redis Cluster dies that has the channels or the stream, its replica takes its
// place, and what was said meanwhile comes in order.
func TestClusterFailover(t *testing.T) {
	nodetest.Need(t, nodetest.Redis)
	type bus interface {
		socketio.Bus
		Health() error
	}
	for _, c := range []struct {
		name, key string
		bus       func(redis.UniversalClient) bus
	}{
		{"classic", "socket.io#/#", func(c redis.UniversalClient) bus { return redisbus.New(c, redisbus.Options{}) }},
		{"sharded", "{x}#/#", func(c redis.UniversalClient) bus {
			return redisbus.NewSharded(c, redisbus.ShardedOptions{ChannelPrefix: "{x}"})
		}},
		{"streams", "socket.io", func(c redis.UniversalClient) bus { return redisbus.NewStreams(c, redisbus.StreamsOptions{}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			nodes, addresses := startRedisCluster(t)
			first, _ := nodes[0].client(t)
			slot, err := first.ClusterKeySlot(t.Context(), c.key).Result()
			if err != nil {
				t.Fatal(err)
			}
			master := nodes[0]
			for i, n := range nodes {
				if int(slot) >= i*slots/len(nodes) {
					master = n
				}
			}
			replica := replicaOf(t, master)
			addresses = append(addresses, replica.address())
			var buses []bus
			var servers []*socketio.Server
			for _, name := range []string{"a", "b"} {
				client := redis.NewClusterClient(&redis.ClusterOptions{Addrs: slices.Clone(addresses)})
				t.Cleanup(func() { client.Close() })
				b := c.bus(client)
				buses = append(buses, b)
				servers = append(servers, siotest.NewServer(t, socketio.Options{Bus: b, ServerName: name}))
			}
			up := func() bool { return buses[0].Health() == nil && buses[1].Health() == nil }
			nodetest.Until(t, "both are up", up)
			nodetest.Until(t, "they know each other", func() bool {
				a, err := buses[0].Peers(t.Context())
				b, err2 := buses[1].Peers(t.Context())
				return err == nil && err2 == nil && len(a) == 1 && len(b) == 1
			})
			listener := siotest.Dial(t, servers[1], "/", siotest.Options{Patience: 3 * patience})
			say := func(from, to int) {
				t.Helper()
				for i := from; i < to; i++ {
					if err := servers[0].Of("/").Emit("n", i); err != nil {
						t.Fatal(err)
					}
				}
			}
			say(0, 100)
			for i := range 100 {
				listener.Expect("n", i)
			}
			old, _ := master.client(t)
			if n, err := old.Wait(t.Context(), 1, patience).Result(); err != nil || n != 1 {
				t.Fatal("the replica has not all: ", n, err)
			}
			master.stop()
			nodetest.Until(t, "the replica is the master", func() bool {
				c, _ := replica.client(t)
				info, err := c.Info(context.Background(), "replication").Result()
				return err == nil && strings.Contains(info, "role:master")
			})
			nodetest.Until(t, "both are up again", up)
			say(100, 200)
			for i := 100; i < 200; i++ {
				listener.Expect("n", i)
			}
		})
	}
}

// replicaOf starts a replica of a node of a cluster.
func replicaOf(t *testing.T, master *broker) *broker {
	t.Helper()
	bus := strconv.Itoa(nodetest.FreePort(t))
	b := startRedis(t, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port", bus, "--repl-diskless-sync-delay", "0")
	c, _ := b.client(t)
	m, _ := master.client(t)
	id, err := m.Do(t.Context(), "cluster", "myid").Text()
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Do(t.Context(), "cluster", "meet", "127.0.0.1", b.port, bus).Err(); err != nil {
		t.Fatal(err)
	}
	nodetest.Until(t, "the node knows its master", func() bool {
		return c.Do(context.Background(), "cluster", "replicate", id).Err() == nil
	})
	nodetest.Until(t, "the replica has its copy", func() bool {
		info, err := c.Info(context.Background(), "replication").Result()
		return err == nil && strings.Contains(info, "master_link_status:up")
	})
	return b
}
