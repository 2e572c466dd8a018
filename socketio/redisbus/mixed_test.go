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
	"github.com/madang-chat/madang/socketio/redisbus"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A mixed cluster is two servers of Node and two of ours, each with a client in the rooms "all" and
// of its own name.
type mixed struct {
	*testing.T
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

var user = socketio.NewKey[string]("user")

func startMixed(t *testing.T) *mixed {
	nodetest.Need(t, nodetest.Redis, nodetest.Node, nodetest.Packages)
	b := startRedis(t)
	client, _ := b.client(t)
	m := &mixed{T: t, broker: b, redis: client, key: "test"}
	m.g1, m.g2 = m.server("g1"), m.server("g2")
	m.n1, m.n2 = startNode(t, b, "n1", m.key), startNode(t, b, "n2", m.key)
	m.settle("/", 4)
	for _, n := range []*nodeServer{m.n1, m.n2} {
		n.do("connect", nil, nil)
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		g.client = m.dial(g, "/")
	}
	return m
}

func (m *mixed) server(name string) *goServer {
	client, _ := m.broker.client(m)
	bus := redisbus.New(client, redisbus.Options{Key: m.key})
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
	channel := m.key + "-request#" + namespace + "#"
	m.eventually(func() error {
		counts, err := m.redis.PubSubNumSub(m.Context(), channel).Result()
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

func TestMixedCluster(t *testing.T) {
	t.Parallel()
	m := startMixed(t)
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
