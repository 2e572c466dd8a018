package redisbus_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A mixed cluster is two servers of Node and two of ours, each with a client in the rooms "all" and
// of its own name.
type mixed struct {
	*testing.T
	way
	broker *broker
	redis  *redis.Client
	key    string
	n1, n2 *nodeServer
	g1, g2 *goServer
}

type goServer struct {
	*socketio.Server
	name   string
	client *siotest.Client
	told   chan string
}

// A way is one of those over Redis.
type way struct {
	name      string
	bus       func(client redis.UniversalClient, key string) socketio.Bus
	emitter   func(client *redis.Client, key string) emitter.Emitter
	official  bool                               // Node has an emitter for it, too
	rooms     bool                               // each has a channel
	namespace func(key, namespace string) string // the channel by which servers are counted
	count     func(c *redis.Client, ctx context.Context, channels ...string) *redis.MapStringIntCmd
}

var classicWay = way{
	name: "classic",
	bus: func(c redis.UniversalClient, key string) socketio.Bus {
		return redisbus.New(c, redisbus.Options{Key: key})
	},
	emitter: func(c *redis.Client, key string) emitter.Emitter {
		return redisbus.NewEmitter(c, redisbus.Options{Key: key})
	},
	official:  true,
	namespace: func(key, namespace string) string { return key + "-request#" + namespace + "#" },
	count:     (*redis.Client).PubSubNumSub,
}

var shardedWay = way{
	name: "sharded",
	bus: func(c redis.UniversalClient, key string) socketio.Bus {
		return redisbus.NewSharded(c, redisbus.ShardedOptions{ChannelPrefix: key})
	},
	emitter: func(c *redis.Client, key string) emitter.Emitter {
		return redisbus.NewShardedEmitter(c, redisbus.ShardedOptions{ChannelPrefix: key})
	},
	rooms:     true,
	namespace: func(key, namespace string) string { return key + "#" + namespace + "#" },
	count:     (*redis.Client).PubSubShardNumSub,
}

var streamsWay = way{
	name: "streams",
	bus: func(c redis.UniversalClient, key string) socketio.Bus {
		return redisbus.NewStreams(c, redisbus.StreamsOptions{StreamName: key, ChannelPrefix: key, SessionKeyPrefix: key + ":"})
	},
	emitter: func(c *redis.Client, key string) emitter.Emitter {
		return redisbus.NewStreamsEmitter(c, redisbus.StreamsOptions{StreamName: key, ChannelPrefix: key})
	},
	namespace: func(key, namespace string) string { return key + "#" + namespace + "#" },
	count:     (*redis.Client).PubSubNumSub,
}

var user = socketio.NewKey[string]("user")

func startMixed(t *testing.T, w way) *mixed {
	nodetest.Need(t, nodetest.Redis, nodetest.Node, nodetest.Packages)
	b := startRedis(t)
	client, _ := b.client(t)
	m := &mixed{T: t, way: w, broker: b, redis: client, key: "test"}
	m.g1, m.g2 = m.server("g1"), m.server("g2")
	m.n1, m.n2 = startNode(t, b, "n1", m.key, w.name), startNode(t, b, "n2", m.key, w.name)
	m.settle("/", 4)
	for _, n := range []*nodeServer{m.n1, m.n2} {
		n.do("connect", nil, nil)
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		g.client = m.dial(g, "/")
	}
	m.heard("/", "all", 4)
	for name := range strings.FieldsSeq(everybody) {
		m.heard("/", name, 1)
	}
	return m
}

func (m *mixed) server(name string) *goServer {
	client, _ := m.broker.client(m)
	bus := m.way.bus(client, m.key)
	g := &goServer{Server: siotest.NewServer(m, socketio.Options{Bus: bus, ServerName: name, AnswerTimeout: time.Second}), name: name, told: make(chan string, 100)}
	g.prepare("/")
	return g
}

func (g *goServer) prepare(namespace string) *socketio.Namespace {
	ns := g.Of(namespace)
	ns.Use(func(_ context.Context, s *socketio.Socket) error {
		user.Set(s, g.name)
		return s.Join("all", g.name)
	})
	ns.OnServerEvent("tell", func(_ context.Context, a socketio.Args) (any, error) {
		g.told <- a.String()
		return nil, nil
	})
	ns.OnServerEvent("name", func(context.Context, socketio.Args) (any, error) { return g.name, nil })
	ns.OnServerEvent("echo", func(_ context.Context, a socketio.Args) (any, error) { return a, nil })
	return ns
}

func (m *mixed) dial(g *goServer, namespace string) *siotest.Client {
	c := siotest.Dial(m, g.Server, namespace, siotest.Options{Patience: patience, Auth: map[string]string{"of": g.name}})
	c.OnEvent("name", func(context.Context, socketio.Args) (any, error) { return g.name, nil })
	c.OnEvent("bytes", func(context.Context, socketio.Args) (any, error) { return []byte(g.name), nil })
	return c
}

// settle waits until all servers hear the requests of a namespace, and ours know each other.
func (m *mixed) settle(namespace string, servers int64) {
	m.Helper()
	channel := m.way.namespace(m.key, namespace)
	m.eventually(func() error {
		counts, err := m.count(m.redis, m.Context(), channel).Result()
		if err == nil && counts[channel] != servers {
			err = fmt.Errorf("%d servers in %s", counts[channel], namespace)
		}
		for _, g := range []*goServer{m.g1, m.g2} {
			peers, failed := g.Peers(m.Context())
			if err == nil && (failed != nil || len(peers) != 1) {
				err = fmt.Errorf("%s has the peers %q, %w", g.name, peers, failed)
			}
		}
		return err
	})
}

// heard waits until so many servers listen to what is for a room.
func (m *mixed) heard(namespace, room string, servers int64) {
	m.Helper()
	if !m.way.rooms {
		return
	}
	channel := m.key + "#" + namespace + "#" + room + "#"
	m.eventually(func() error {
		counts, err := m.count(m.redis, m.Context(), channel).Result()
		if err == nil && counts[channel] != servers {
			err = fmt.Errorf("%d servers listen to room %q of %s", counts[channel], room, namespace)
		}
		return err
	})
}

func (m *mixed) eventually(f func() error) {
	m.Helper()
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err = f(); err == nil {
			return
		}
	}
	m.Fatal(err)
}

func (m *mixed) must(err error) {
	m.Helper()
	if err != nil {
		m.Fatal(err)
	}
}

// expect takes an event from the clients of some servers.
func (m *mixed) expect(names, event string, args ...any) {
	m.Helper()
	for name := range strings.FieldsSeq(names) {
		switch name {
		case "n1", "n2":
			plain := make([]any, len(args))
			for i, v := range args {
				if p, ok := v.([]byte); ok {
					v = binary(string(p))
				}
				plain[i] = v
			}
			m.node(name).expect(event, plain...)
		default:
			m.goServer(name).client.Expect(event, args...)
		}
	}
}

func (m *mixed) node(name string) *nodeServer {
	return map[string]*nodeServer{"n1": m.n1, "n2": m.n2}[name]
}

func (m *mixed) goServer(name string) *goServer {
	return map[string]*goServer{"g1": m.g1, "g2": m.g2}[name]
}

const everybody = "n1 n2 g1 g2"

func TestMixedCluster(t *testing.T) { testMixed(t, classicWay) }

func TestMixedShardedCluster(t *testing.T) { testMixed(t, shardedWay) }

func TestMixedStreamsCluster(t *testing.T) { testMixed(t, streamsWay) }

func testMixed(t *testing.T, w way) {
	t.Parallel()
	m := startMixed(t, w)
	for _, test := range []struct {
		name string
		run  func(*mixed)
	}{
		{"events", mixedEvents},
		{"rooms", mixedRooms},
		{"server events", mixedServerEvents},
		{"sockets", mixedSockets},
		{"acks", mixedAcks},
		{"emitters", mixedEmitters},
		{"namespaces", mixedNamespaces},
		{"ends", mixedEnds},
		{"a server of Node that hangs", mixedHang},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := *m
			c.T = t
			test.run(&c)
		})
	}
}
