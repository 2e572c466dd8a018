package redisbus_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
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

// everything is a payload with all that JSON and binary can be.
var everything = []any{1, -2.5, "한글 😀", nil, true, []byte("\x00\xff"), []any{map[string]any{"a": "b"}}}

func mixedEvents(m *mixed) {
	args := []any{"x"}
	for _, v := range everything {
		if p, ok := v.([]byte); ok {
			v = binary(string(p))
		}
		args = append(args, v)
	}
	for _, n := range []*nodeServer{m.n1, m.n2} {
		n.do("emit", query{"args": args}, nil)
		m.expect(everybody, "x", everything...)
		n.do("emit", query{"args": []any{"one"}, "rooms": []string{"g1"}}, nil)
		m.expect("g1", "one")
		n.do("emit", query{"args": []any{"two"}, "rooms": []string{"all", "n1", "n2"}, "except": []string{"g2", "n2"}, "volatile": true, "uncompressed": true}, nil)
		m.expect("n1 g1", "two")
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		ns := g.Of("/")
		m.must(ns.Emit("x", everything...))
		m.expect(everybody, "x", everything...)
		m.must(ns.To("n1").Emit("one"))
		m.expect("n1", "one")
		m.must(ns.To("all", "n1", "n2").Except("g2", "n2").Volatile().Uncompressed().Emit("two"))
		m.expect("n1 g1", "two")
		m.must(ns.Local().Emit("here"))
		g.client.Expect("here")
	}
	// One of a number: in JavaScript the name of a room may be one.
	m.n1.do("emit", query{"args": []any{"number"}, "rooms": []any{17, "g2"}}, nil)
	m.expect("g2", "number")
}

func mixedRooms(m *mixed) {
	m.n1.do("join", query{"rooms": []string{"g1", "n2"}, "args": []string{"by node", "extra"}}, nil)
	m.must(m.g2.Of("/").To("g1", "n1").SocketsJoin("by go"))
	m.n1.do("leave", query{"rooms": []string{"g1"}, "args": []string{"extra"}}, nil)
	m.eventually(func() error {
		n, err := m.g1.Of("/").To("by node", "by go", "extra").CountSockets(m.Context())
		if err == nil && n != 3 {
			err = fmt.Errorf("%d sockets joined", n)
		}
		return err
	})
	m.must(m.g2.Of("/").To("by node").Emit("in node's"))
	m.expect("g1 n2", "in node's")
	m.n2.do("emit", query{"args": []any{"in go's"}, "rooms": []string{"by go"}}, nil)
	m.expect("g1 n1", "in go's")
	m.n2.do("emit", query{"args": []any{"extra"}, "rooms": []string{"extra"}}, nil)
	m.expect("n2", "extra")
	m.must(m.g1.Of("/").To("n1").SocketsLeave("by go"))
	m.eventually(func() error {
		n, err := m.g1.Of("/").To("by go").CountSockets(m.Context())
		if err == nil && n != 1 {
			err = fmt.Errorf("%d sockets are left", n)
		}
		return err
	})
}

func mixedServerEvents(m *mixed) {
	m.n1.do("tell", query{"args": []any{1, "한"}}, nil)
	for _, g := range []*goServer{m.g1, m.g2} {
		if got := m.take(g.told); got != `[1,"한"]` {
			m.Error(got)
		}
	}
	if got := m.n2.take(m.n2.told); got != `["tell",1,"한"]` {
		m.Error(got)
	}
	m.must(m.g1.Of("/").ServerSideEmit("tell", "x", []byte("y")))
	if got := m.take(m.g2.told); !strings.HasPrefix(got, `["x",`) {
		m.Error(got)
	}
	for _, n := range []*nodeServer{m.n1, m.n2} {
		if got := n.take(n.told); got != `["tell","x",{"$binary":"eQ=="}]` {
			m.Error(got)
		}
	}
	var names []string
	m.n1.do("askServers", query{"args": []any{"name"}}, &names)
	if slices.Sort(names); !slices.Equal(names, []string{"g1", "g2", "n2"}) {
		m.Errorf("Node was answered %q", names)
	}
	var echoes []json.RawMessage
	m.n1.do("askServers", query{"args": []any{"echo", map[string]any{"a": []int{1}}}}, &echoes)
	if len(echoes) != 3 || string(echoes[0]) != `{"a":[1]}` {
		m.Errorf("%s", echoes)
	}
	answers, err := m.g1.Of("/").ServerSideAsk(m.Context(), "name")
	names = nil
	for _, a := range answers {
		names = append(names, a.String())
	}
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{`["g2"]`, `["n1"]`, `["n2"]`}) {
		m.Errorf("we were answered %q, %v", names, err)
	}
	answers, err = m.g1.Of("/").ServerSideAsk(m.Context(), "echo", []byte("binary"))
	for _, a := range answers {
		var p []byte
		// Node's servers answer such a question in JSON, where a Buffer is an object.
		if (a.Decode(0, &p) != nil || string(p) != "binary") && !strings.HasPrefix(a.String(), `[{"type":"Buffer","data":[98,`) {
			m.Errorf("%v came back", a)
		}
	}
	if err != nil || len(answers) != 3 {
		m.Errorf("%d answers, %v", len(answers), err)
	}
	// One that nobody handles isn't answered, as by Node's servers.
	if a := m.n1.try("askServers", query{"args": []any{"unknown"}}); !strings.Contains(a.Error, "timeout reached") {
		m.Errorf("%+v", a)
	}
}

func (m *mixed) take(from chan string) string {
	m.Helper()
	select {
	case got := <-from:
		return got
	case <-time.After(patience):
		m.Fatal("nothing came")
		return ""
	}
}

func mixedSockets(m *mixed) {
	type socket struct {
		ID        string
		Rooms     []string
		Data      map[string]any
		Handshake struct {
			Headers map[string]any
			Query   map[string]string
			Auth    map[string]string
			Address string
			URL     string
			Issued  int64
			Time    string
			XDomain bool
		}
	}
	var list []socket
	m.n1.do("fetch", nil, &list)
	if len(list) != 4 {
		m.Fatalf("Node sees %d sockets", len(list))
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		i := slices.IndexFunc(list, func(s socket) bool { return s.ID == g.client.ID() })
		if i < 0 {
			m.Fatalf("Node doesn't see the client of %s", g.name)
		}
		s := list[i]
		h := s.Handshake
		if s.Data["user"] != g.name || !slices.Contains(s.Rooms, "all") || h.Auth["of"] != g.name || h.Query["EIO"] != "4" ||
			h.Address == "" || h.Issued == 0 || h.Headers["host"] == "" || !strings.HasPrefix(h.URL, "/socket.io/?") || !strings.Contains(h.Time, "GMT") {
			m.Errorf("%+v", s)
		}
	}
	infos, err := m.g1.Of("/").FetchSockets(m.Context())
	if err != nil || len(infos) != 4 {
		m.Fatalf("we see %d sockets, %v", len(infos), err)
	}
	nodes := 0
	for _, i := range infos {
		who, ok := user.In(i)
		if !ok || !slices.Contains(i.Rooms, who) || i.Rooms[0] != i.ID {
			m.Errorf("%+v", i)
		}
		if who[0] != 'n' {
			continue
		}
		nodes++
		var auth struct {
			Of string `json:"of"`
		}
		if photo := fmt.Sprint(i.Data["photo"]); photo != `[{"type":"Buffer","data":[1,2]}]` {
			m.Errorf("photo %s", photo)
		}
		h := i.Handshake
		if err := h.Auth(&auth); err != nil || auth.Of != who || h.Query().Get("from") != who || h.Header().Get("Host") == "" || h.Address == "" || time.Since(h.Time).Abs() > time.Minute {
			m.Errorf("handshake %+v, auth %v, %v", h, auth, err)
		}
	}
	if nodes != 2 {
		m.Errorf("we see %d sockets of Node", nodes)
	}
	if n, err := m.g2.Of("/").To("n1", "g1", "n2").CountSockets(m.Context()); n != 3 || err != nil {
		m.Errorf("%d sockets, %v", n, err)
	}
	var rooms []string
	m.n1.do("rooms", nil, &rooms)
	for _, name := range []string{"all", "g1", "g2", "n1", "n2", m.g1.client.ID()} {
		if !slices.Contains(rooms, name) {
			m.Errorf("Node doesn't see the room %q among %q", name, rooms)
		}
	}
	m.n2.do("fetch", query{"rooms": []string{"g1"}, "except": []string{"g2"}}, &list)
	if len(list) != 1 || list[0].ID != m.g1.client.ID() {
		m.Errorf("%+v", list)
	}
}

func mixedAcks(m *mixed) {
	var names []string
	m.n1.do("ask", query{"args": []any{"name"}}, &names)
	if slices.Sort(names); !slices.Equal(names, strings.Fields("g1 g2 n1 n2")) {
		m.Errorf("Node was answered %q", names)
	}
	var binaries []map[string]string
	m.n2.do("ask", query{"args": []any{"bytes"}, "rooms": []string{"g1", "n1"}}, &binaries)
	if len(binaries) != 2 || binaries[0]["$binary"] == "" || binaries[1]["$binary"] == "" {
		m.Errorf("Node was answered %v", binaries)
	}
	for event, want := range map[string]string{"name": "string", "bytes": "binary"} {
		count := 0
		for _, r := range m.g1.Of("/").Ask(m.Context(), event) {
			count++
			var text string
			var p []byte
			if r.Err != nil || want == "string" && r.Value.Decode(0, &text) != nil || want == "binary" && r.Value.Decode(0, &p) != nil || len(text)+len(p) != 2 {
				m.Errorf("%s: %v, %v", event, r.Value, r.Err)
			}
		}
		if count != 4 {
			m.Errorf("%s: %d answers", event, count)
		}
	}
	// A client that doesn't answer: Node's server says so when its time is over, and so do we.
	m.g1.client.OnEvent("never", func(c context.Context, _ socketio.Args) (any, error) {
		<-m.Context().Done()
		return nil, nil
	})
	a := m.n1.try("ask", query{"args": []any{"never"}, "rooms": []string{"g1", "n2"}, "timeout": 500})
	if !strings.Contains(a.Error, "timed out") {
		m.Errorf("%+v", a)
	}
}

func mixedEmitters(m *mixed) {
	m.n1.do("emit", query{"emitter": true, "args": []any{"by node", binary("x")}}, nil)
	m.expect(everybody, "by node", []byte("x"))
	m.n1.do("emit", query{"emitter": true, "args": []any{"one"}, "rooms": []string{"g1"}}, nil)
	m.expect("g1", "one")
	m.n1.do("join", query{"emitter": true, "rooms": []string{"g2"}, "args": []string{"joined"}}, nil)
	m.n1.do("emit", query{"emitter": true, "args": []any{"joined"}, "rooms": []string{"joined"}, "volatile": true, "except": []string{"g1"}}, nil)
	m.expect("g2", "joined")
	m.n1.do("leave", query{"emitter": true, "args": []string{"joined"}}, nil)
	m.n1.do("emit", query{"emitter": true, "args": []any{"joined"}, "rooms": []string{"joined"}}, nil)
	m.n1.do("tell", query{"emitter": true, "args": []any{"e"}}, nil)
	for _, g := range []*goServer{m.g1, m.g2} {
		if got := m.take(g.told); got != `["e"]` {
			m.Error(got)
		}
	}
	for _, n := range []*nodeServer{m.n1, m.n2} {
		if got := n.take(n.told); got != `["tell","e"]` {
			m.Error(got)
		}
	}
	e := redisbus.NewEmitter(m.redis, redisbus.Options{Key: m.key})
	m.must(e.Emit("by go", everything...))
	m.expect(everybody, "by go", everything...)
	posted := socketio.NewEvent[string]("posted")
	m.must(posted.Emit(e.To("n1", "g1"), "한"))
	m.expect("n1 g1", "posted", "한")
	m.must(e.To("n2", "g2").SocketsJoin("e"))
	m.must(e.To("e").Except("n2").Volatile().Uncompressed().Emit("in e"))
	m.expect("g2", "in e")
	m.must(e.SocketsLeave("e"))
	m.must(e.To("e").Emit("nobody"))
	m.must(e.ServerSideEmit("tell", "by go"))
	for _, g := range []*goServer{m.g1, m.g2} {
		if got := m.take(g.told); got != `["by go"]` {
			m.Error(got)
		}
	}
	for _, n := range []*nodeServer{m.n1, m.n2} {
		if got := n.take(n.told); got != `["tell","by go"]` {
			m.Error(got)
		}
	}
	m.must(e.Emit("end"))
	m.expect(everybody, "end")
}

// Names that mean something to Redis: ours are in the right namespace; Node's subscribe to more than
// they mean, and leave out what isn't theirs.
func mixedNamespaces(m *mixed) {
	long := "/" + strings.Repeat("길", 100)
	for _, namespace := range []string{"/chat", "/a b", "/한국어", "/a#b", long} {
		ns := m.g1.prepare(namespace)
		c := m.dial(m.g1, namespace)
		m.n1.do("connect", query{"nsp": namespace}, nil)
		m.settle(namespace, 2)
		room := namespace + "*[a]?"
		m.n1.do("join", query{"nsp": namespace, "rooms": []string{"all"}, "args": []string{room}}, nil)
		m.eventually(func() error {
			n, err := ns.To(room).CountSockets(m.Context())
			if err == nil && n != 1+1 {
				err = fmt.Errorf("%d sockets in %q of %q", n, room, namespace)
			}
			return err
		})
		m.n1.do("emit", query{"nsp": namespace, "args": []any{"by node"}, "rooms": []string{room}}, nil)
		c.Expect("by node")
		m.n1.expectIn(namespace, "by node")
		m.must(ns.To(room).Emit("by go"))
		c.Expect("by go")
		m.n1.expectIn(namespace, "by go")
		m.must(ns.To("[", "*").Emit("nobody"))
	}
	m.must(m.g1.Of("/").Emit("end"))
	m.expect(everybody, "end")
}

func mixedEnds(m *mixed) {
	m.must(m.g1.Of("/").To("n1").DisconnectSockets())
	if got := m.n1.take(m.n1.gone); got != "/ io server disconnect" {
		m.Error(got)
	}
	m.n2.do("drop", query{"rooms": []string{"g1"}, "whole": true}, nil)
	if why := m.g1.client.Reason(); why != socketio.ReasonServerDisconnect {
		m.Error(why)
	}
	m.n2.do("drop", query{"emitter": true, "rooms": []string{"g2"}}, nil)
	if why := m.g2.client.Reason(); why != socketio.ReasonServerDisconnect {
		m.Error(why)
	}
	e := redisbus.NewEmitter(m.redis, redisbus.Options{Key: m.key})
	m.must(e.To("n2").CloseConnections())
	if got := m.n2.take(m.n2.gone); !strings.HasPrefix(got, "/ ") {
		m.Error(got)
	}
}

// A server that is there and says nothing is missing, without a name.
func mixedHang(m *mixed) {
	m.must(m.n2.cmd.Process.Signal(syscall.SIGSTOP))
	defer m.n2.cmd.Process.Signal(syscall.SIGCONT)
	c, cancel := context.WithTimeout(m.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := m.g1.Of("/").FetchSockets(c)
	missing, ok := errors.AsType[*socketio.MissingServersError](err)
	if !ok || !slices.Equal(missing.Servers, []string{""}) || missing.Asked != 3 || !errors.Is(err, context.DeadlineExceeded) {
		m.Errorf("%v, want a *MissingServersError without a name", err)
	}
	began := time.Now()
	if _, err := m.g2.Of("/").CountSockets(context.Background()); !errors.As(err, &missing) || time.Since(began) > patience {
		m.Errorf("%v after %v", err, time.Since(began))
	}
}
