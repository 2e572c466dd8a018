package mixedtest

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
	for _, n := range []*Node{m.n1, m.n2} {
		n.Do("emit", Query{"args": args}, nil)
		m.expect(Everybody, "x", everything...)
		n.Do("emit", Query{"args": []any{"one"}, "rooms": []string{"g1"}}, nil)
		m.expect("g1", "one")
		n.Do("emit", Query{"args": []any{"two"}, "rooms": []string{"all", "n1", "n2"}, "except": []string{"g2", "n2"}, "volatile": true, "uncompressed": true}, nil)
		m.expect("n1 g1", "two")
	}
	for _, g := range []*goServer{m.g1, m.g2} {
		ns := g.Of("/")
		m.must(ns.Emit("x", everything...))
		m.expect(Everybody, "x", everything...)
		m.must(ns.To("n1").Emit("one"))
		m.expect("n1", "one")
		m.must(ns.To("all", "n1", "n2").Except("g2", "n2").Volatile().Uncompressed().Emit("two"))
		m.expect("n1 g1", "two")
		m.must(ns.Local().Emit("here"))
		g.client.Expect("here")
	}
	// In JavaScript the name of a room may be one.
	m.n1.Do("emit", Query{"args": []any{"number"}, "rooms": []any{17, "g2"}}, nil)
	m.expect("g2", "number")
}

// mixedSizes has messages that are large, or near to what PostgreSQL takes at once, in order.
func mixedSizes(m *mixed) {
	for _, size := range []int{7000, 7900, 8100, 200_000} {
		text := strings.Repeat("길", size/3)
		m.n1.Do("emit", Query{"args": []any{"large", text}}, nil)
		m.expect(Everybody, "large", text)
		m.must(m.g1.Of("/").Emit("large", text))
		m.must(m.g1.Of("/").Emit("small"))
		m.expect("g2 g1", "large", text)
		m.expect("g2 g1", "small")
		// Node's servers read what is large while they take what is small.
		for _, n := range []*Node{m.n1, m.n2} {
			got := []string{n.take(n.events), n.take(n.events)}
			if slices.SortFunc(got, func(a, b string) int { return len(a) - len(b) }); got[0] != `/ ["small"]` || len(got[1]) < size {
				m.Errorf("%s got %.40q and %d bytes", n.name, got[0], len(got[1]))
			}
		}
	}
}

func mixedRooms(m *mixed) {
	m.n1.Do("join", Query{"rooms": []string{"g1", "n2"}, "args": []string{"by node", "extra"}}, nil)
	m.must(m.g2.Of("/").To("g1", "n1").SocketsJoin("by go"))
	m.counts(3, "by node", "by go", "extra")
	m.counts(2, "extra")
	// What one of Node's servers says may come in another order.
	m.n1.Do("leave", Query{"rooms": []string{"g1"}, "args": []string{"extra"}}, nil)
	m.counts(1, "extra")
	m.heard("/", "by node", 2)
	m.heard("/", "by go", 2)
	m.must(m.g2.Of("/").To("by node").Emit("in node's"))
	m.expect("g1 n2", "in node's")
	m.n2.Do("emit", Query{"args": []any{"in go's"}, "rooms": []string{"by go"}}, nil)
	m.expect("g1 n1", "in go's")
	m.n2.Do("emit", Query{"args": []any{"extra"}, "rooms": []string{"extra"}}, nil)
	m.expect("n2", "extra")
	m.must(m.g1.Of("/").To("n1").SocketsLeave("by go"))
	m.counts(1, "by go")
}

// counts waits until so many sockets are in rooms.
func (m *mixed) counts(want int, rooms ...string) {
	m.Helper()
	m.eventually(func() error {
		n, err := m.g1.Of("/").To(rooms...).CountSockets(m.Context())
		if err == nil && n != want {
			err = fmt.Errorf("%d sockets are in %q, want %d", n, rooms, want)
		}
		return err
	})
}

func mixedServerEvents(m *mixed) {
	m.n1.Do("tell", Query{"args": []any{1, "한"}}, nil)
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
	for _, n := range []*Node{m.n1, m.n2} {
		if got := n.take(n.told); got != `["tell","x",{"$binary":"eQ=="}]` {
			m.Error(got)
		}
	}
	var names []string
	m.n1.Do("askServers", Query{"args": []any{"name"}}, &names)
	if slices.Sort(names); !slices.Equal(names, []string{"g1", "g2", "n2"}) {
		m.Errorf("Node was answered %q", names)
	}
	var echoes []json.RawMessage
	m.n1.Do("askServers", Query{"args": []any{"echo", map[string]any{"a": []int{1}}}}, &echoes)
	if len(echoes) != 3 || string(echoes[0]) != `{"a":[1]}` {
		m.Errorf("%s", echoes)
	}
	answers, err := m.g1.Of("/").ServerSideAsk(m.patient(), "name")
	names = nil
	for _, a := range answers {
		names = append(names, a.String())
	}
	if slices.Sort(names); err != nil || !slices.Equal(names, []string{`["g2"]`, `["n1"]`, `["n2"]`}) {
		m.Errorf("we were answered %q, %v", names, err)
	}
	answers, err = m.g1.Of("/").ServerSideAsk(m.patient(), "echo", []byte("binary"))
	for _, a := range answers {
		var p []byte
		// Some of Node's adapters answer such a question in JSON, where a Buffer is an object.
		if (a.Decode(0, &p) != nil || string(p) != "binary") && (m.Binary || !strings.HasPrefix(a.String(), `[{"type":"Buffer","data":[98,`)) {
			m.Errorf("%v came back", a)
		}
	}
	if err != nil || len(answers) != 3 {
		m.Errorf("%d answers, %v", len(answers), err)
	}
	// One that nobody handles isn't answered, as by Node's servers.
	if a := m.n1.try("askServers", Query{"args": []any{"unknown"}}); !strings.Contains(a.Error, "timeout reached") {
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
	m.n1.Do("fetch", nil, &list)
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
	infos, err := m.g1.Of("/").FetchSockets(m.patient())
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
		a, _ := i.Data["photo"].(socketio.Args)
		if (a.Decode(0, &photo) != nil || !slices.Equal(photo, []byte{1, 2})) && (m.Binary || a.String() != `[{"type":"Buffer","data":[1,2]}]`) {
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
	if n, err := m.g2.Of("/").To("n1", "g1", "n2").CountSockets(m.patient()); n != 3 || err != nil {
		m.Errorf("%d sockets, %v", n, err)
	}
	var rooms []string
	m.n1.Do("rooms", nil, &rooms)
	for _, name := range []string{"all", "g1", "g2", "n1", "n2", m.g1.client.ID()} {
		if m.AllRooms && !slices.Contains(rooms, name) {
			m.Errorf("Node doesn't see the room %q among %q", name, rooms)
		}
	}
	m.n2.Do("fetch", Query{"rooms": []string{"g1"}, "except": []string{"g2"}}, &list)
	if len(list) != 1 || list[0].ID != m.g1.client.ID() {
		m.Errorf("%+v", list)
	}
}

func mixedAcks(m *mixed) {
	var names []string
	m.n1.Do("ask", Query{"args": []any{"name"}}, &names)
	if slices.Sort(names); !slices.Equal(names, strings.Fields("g1 g2 n1 n2")) {
		m.Errorf("Node was answered %q", names)
	}
	var binaries []map[string]string
	m.n2.Do("ask", Query{"args": []any{"bytes"}, "rooms": []string{"g1", "n1"}}, &binaries)
	if len(binaries) != 2 || binaries[0]["$binary"] == "" || binaries[1]["$binary"] == "" {
		m.Errorf("Node was answered %v", binaries)
	}
	for event, want := range map[string]string{"name": "string", "bytes": "binary"} {
		count := 0
		for _, r := range m.g1.Of("/").Ask(m.patient(), event) {
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
	a := m.n1.try("ask", Query{"args": []any{"never"}, "rooms": []string{"g1", "n2"}, "timeout": 500})
	if !strings.Contains(a.Error, "timed out") {
		m.Errorf("%+v", a)
	}
}
