package redisbus_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/madang-chat/madang/socketio"
)

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
	m.heard("/", "by node", 2)
	m.heard("/", "by go", 2)
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
		if (a.Decode(0, &p) != nil || string(p) != "binary") && m.way.name == "classic" && !strings.HasPrefix(a.String(), `[{"type":"Buffer","data":[98,`) {
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
		var photo []byte
		if a, _ := i.Data["photo"].(socketio.Args); m.way.name != "classic" && (a.Decode(0, &photo) != nil || !slices.Equal(photo, []byte{1, 2})) ||
			m.way.name == "classic" && a.String() != `[{"type":"Buffer","data":[1,2]}]` {
			m.Errorf("photo %s", a)
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
	if m.way.name == "classic" { // the others see their own alone
		var rooms []string
		m.n1.do("rooms", nil, &rooms)
		for _, name := range []string{"all", "g1", "g2", "n1", "n2", m.g1.client.ID()} {
			if !slices.Contains(rooms, name) {
				m.Errorf("Node doesn't see the room %q among %q", name, rooms)
			}
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
