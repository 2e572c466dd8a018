package redisbus_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/mixedtest"
	"github.com/madang-chat/madang/socketio/redisbus"
)

const key = "test"

// adapter makes those of Node's servers.
var adapter = filepath.Join("testdata", "adapter.mjs")

func streamsOptions() redisbus.StreamsOptions {
	return redisbus.StreamsOptions{StreamName: key, ChannelPrefix: key, SessionKeyPrefix: key + ":"}
}

func TestMixedCluster(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	o := redisbus.Options{Key: key}
	b.mixed(t, "classic", mixedtest.Cluster{
		Bus:      func() socketio.Bus { c, _ := b.client(t); return redisbus.New(c, o) },
		Emitter:  redisbus.NewEmitter(client, o),
		Emitted:  mixedtest.Everybody,
		AllRooms: true,
	})
}

func TestMixedShardedCluster(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	o := redisbus.ShardedOptions{ChannelPrefix: key}
	b.mixed(t, "sharded", mixedtest.Cluster{
		Bus:     func() socketio.Bus { c, _ := b.client(t); return redisbus.NewSharded(c, o) },
		Emitter: redisbus.NewShardedEmitter(client, o),
		Binary:  true,
		Listeners: func(namespace, room string) (int, error) {
			channel := key + "#" + namespace + "#" + room + "#"
			counts, err := client.PubSubShardNumSub(t.Context(), channel).Result()
			return int(counts[channel]), err
		},
	})
}

func TestMixedStreamsCluster(t *testing.T) {
	t.Parallel()
	b := startRedis(t)
	client, _ := b.client(t)
	b.mixed(t, "streams", mixedtest.Cluster{
		Bus:     func() socketio.Bus { c, _ := b.client(t); return redisbus.NewStreams(c, streamsOptions()) },
		Emitter: redisbus.NewStreamsEmitter(client, streamsOptions()),
		Binary:  true,
	})
}

// mixed runs the suite. Names that mean something to Redis are among the namespaces: ours are in
// the right one; Node's subscribe to more than they mean, and leave out what isn't theirs.
func (b *broker) mixed(t *testing.T, way string, c mixedtest.Cluster) {
	c.Adapter, c.Args = adapter, []string{"redis://" + b.address(), key, way}
	c.Namespaces = []string{"/chat", "/a b", "/한국어", "/a#b", "/" + strings.Repeat("길", 100)}
	c.Nameless = true
	mixedtest.Run(t, c)
}
