// Package mixedtest tests a bus beside servers of Node with the official adapter: two of them and
// two of ours are one cluster.
package mixedtest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/emitter"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A Cluster is how to make the servers of a test.
type Cluster struct {
	// Adapter is the path of a JavaScript module. Its default function is called with require and
	// Args, and returns adapter and emitter, and options of the server if there are any.
	Adapter string
	Args    []string
	Bus     func() socketio.Bus
	Emitter emitter.Emitter // of ours
	// Emitted are the servers that hear Node's emitter, empty when there is none.
	Emitted string
	// Binary says that Node's servers send binary of sockets and answers as it is.
	Binary bool
	// AllRooms says that Node's servers can tell the rooms of all servers.
	AllRooms bool
	// Nameless says that servers of Node are missing without a name.
	Nameless bool
	// Listeners tells how many servers listen to a room; nil: all do.
	Listeners func(namespace, room string) (int, error)
	// Namespaces are names that Node's servers can have.
	Namespaces []string
}

// Everybody is whom a Cluster has.
const Everybody = "n1 n2 g1 g2"

const patience = nodetest.Patience

// A mixed cluster has a client at each server, in the rooms "all" and of the server's name.
type mixed struct {
	*testing.T
	Cluster
	n1, n2 *Node
	g1, g2 *goServer
}

type goServer struct {
	*socketio.Server
	name   string
	client *siotest.Client
	told   chan string
}

var user = socketio.NewKey[string]("user")

// Run runs all tests on one cluster.
func Run(t *testing.T, c Cluster) {
	nodetest.Need(t, nodetest.Node, nodetest.Packages)
	m := &mixed{T: t, Cluster: c}
	m.g1, m.g2 = m.server("g1"), m.server("g2")
	m.n1, m.n2 = StartNode(t, "n1", c.Adapter, c.Args...), StartNode(t, "n2", c.Adapter, c.Args...)
	m.settle("/", strings.Fields(Everybody)...)
	for _, n := range []*Node{m.n1, m.n2} {
		n.Do("connect", nil, nil)
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		g.client = m.dial(g, "/")
	}
	m.heard("/", "all", 4)
	for name := range strings.FieldsSeq(Everybody) {
		m.heard("/", name, 1)
	}
	for _, test := range []struct {
		name string
		run  func(*mixed)
	}{
		{"events", mixedEvents},
		{"sizes", mixedSizes},
		{"rooms", mixedRooms},
		{"server events", mixedServerEvents},
		{"sockets", mixedSockets},
		{"acks", mixedAcks},
		{"Node's emitter", mixedNodeEmitter},
		{"our emitter", mixedEmitter},
		{"namespaces", mixedNamespaces},
		{"ends", mixedEnds},
		{"a server of Node that hangs", mixedHang},
		{"a server of ours leaves", mixedLeave},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := *m
			c.T = t
			test.run(&c)
		})
	}
}

func (m *mixed) server(name string) *goServer {
	g := &goServer{Server: siotest.NewServer(m, socketio.Options{Bus: m.Bus(), ServerName: name, AnswerTimeout: time.Second}), name: name, told: make(chan string, 100)}
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

// settle waits until these servers know each other in a namespace, which all of them have.
func (m *mixed) settle(namespace string, names ...string) {
	m.Helper()
	for _, name := range names {
		want := slices.DeleteFunc(slices.Sorted(slices.Values(names)), func(other string) bool { return other == name })
		m.eventually(func() error {
			var got []string
			if n := m.node(name); n != nil {
				a := n.try("askServers", Query{"nsp": namespace, "args": []any{"name"}})
				// an error is that of a server that isn't there yet
				_ = json.Unmarshal(a.Result, &got)
			} else {
				answers, _ := m.goServer(name).Of(namespace).ServerSideAsk(m.Context(), "name")
				for _, a := range answers {
					var text string
					_ = a.Decode(0, &text) // ours without the namespace answer nothing
					got = append(got, text)
				}
				got = slices.DeleteFunc(got, func(name string) bool { return name == "" })
			}
			if slices.Sort(got); !slices.Equal(got, want) {
				return fmt.Errorf("%s is answered by %q in %s, want %q", name, got, namespace, want)
			}
			return nil
		})
	}
}

// heard waits until so many servers listen to a room.
func (m *mixed) heard(namespace, room string, servers int) {
	m.Helper()
	if m.Listeners == nil {
		return
	}
	m.eventually(func() error {
		n, err := m.Listeners(namespace, room)
		if err == nil && n != servers {
			err = fmt.Errorf("%d servers listen to room %q of %s, want %d", n, room, namespace, servers)
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

// patient is a context for questions that have to be answered by all, however slow the machine is.
func (m *mixed) patient() context.Context {
	ctx, cancel := context.WithTimeout(m.Context(), patience)
	m.Cleanup(cancel)
	return ctx
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
		if n := m.node(name); n != nil {
			plain := make([]any, len(args))
			for i, v := range args {
				if p, ok := v.([]byte); ok {
					v = binary(string(p))
				}
				plain[i] = v
			}
			n.expect(event, plain...)
			continue
		}
		m.goServer(name).client.Expect(event, args...)
	}
}

func (m *mixed) node(name string) *Node {
	return map[string]*Node{"n1": m.n1, "n2": m.n2}[name]
}

func (m *mixed) goServer(name string) *goServer {
	return map[string]*goServer{"g1": m.g1, "g2": m.g2}[name]
}
