package socketio_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
)

// A fleet is some servers of one cluster behind a balancer that gives each request to the next one.
type fleet struct {
	t       *testing.T
	url     string
	servers []*socketio.Server
	fronts  []*httptest.Server
	turn    atomic.Int64
	tries   atomic.Int64 // requests
}

// newFleet starts servers with the names a, b, c …
func newFleet(t *testing.T, n int, o socketio.Options, node joint) *fleet {
	t.Helper()
	f := &fleet{t: t}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.ForwardSessions = true
	for i := range n {
		o.Bus, o.ServerName = node(), string(rune('a'+i))
		s := socketio.New(o)
		echo(s.Of("/"))
		front := httptest.NewServer(s)
		f.servers, f.fronts = append(f.servers, s), append(f.fronts, front)
		t.Cleanup(func() { s.Close(); front.CloseClientConnections(); front.Close() })
	}
	balancer := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.tries.Add(1)
		f.servers[int(f.turn.Add(1))%n].ServeHTTP(w, r)
	}))
	t.Cleanup(func() { balancer.CloseClientConnections(); balancer.Close() })
	f.url = balancer.URL
	return f
}

// A session speaks to chosen servers by raw requests.
type session struct {
	*fleet
	query string
	sid   string
	owner int
}

// open begins a polling session at a server.
func (f *fleet) open(owner int, query string) *session {
	f.t.Helper()
	s := &session{fleet: f, query: query, owner: owner}
	a := s.do(owner, "GET", "")
	i := strings.IndexByte(a.body, '{')
	var hello struct{ SID string }
	if a.status != 200 || i < 0 || json.Unmarshal([]byte(a.body[i:strings.LastIndexByte(a.body, '}')+1]), &hello) != nil {
		f.t.Fatalf("handshake: %v", a)
	}
	s.sid = hello.SID
	return s
}

type answer struct {
	status int
	body   string
	header http.Header
}

func (a answer) String() string { return fmt.Sprintf("%d %.100q", a.status, a.body) }

func (s *session) do(server int, method, body string) answer {
	s.t.Helper()
	a, err := s.try(s.t.Context(), server, method, strings.NewReader(body))
	if err != nil {
		s.t.Fatalf("%s at server %d: %v", method, server, err)
	}
	return a
}

func (s *session) try(ctx context.Context, server int, method string, body io.Reader) (answer, error) {
	url := s.fronts[server].URL + "/socket.io/?transport=polling&" + s.query
	if s.sid != "" {
		url += "&sid=" + s.sid
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return answer{}, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, string(text), resp.Header}, err
}

// later does a request meanwhile.
func (s *session) later(server int, method, body string) (result func() answer) {
	done := make(chan answer, 1)
	go func() {
		a, err := s.try(s.t.Context(), server, method, strings.NewReader(body))
		if err != nil {
			a.body = err.Error()
		}
		done <- a
	}()
	return func() answer {
		s.t.Helper()
		select {
		case a := <-done:
			return a
		case <-time.After(patience):
			s.t.Fatalf("%s at server %d isn't answered", method, server)
			return answer{}
		}
	}
}

// join connects to the main namespace by way of a server.
func (s *session) join(server int) *session {
	s.t.Helper()
	if a := s.do(server, "POST", "40"); a.status != 200 || a.body != "ok" {
		s.t.Fatalf("CONNECT: %v", a)
	}
	if a := s.do(server, "GET", ""); a.status != 200 || !strings.HasPrefix(a.body, `40{"sid"`) {
		s.t.Fatalf("answer to CONNECT: %v", a)
	}
	return s
}

// dial upgrades at a server, up to the probe's answer.
func (s *session) dial(server int) *wstest.Conn {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	url := s.fronts[server].URL + "/socket.io/?transport=websocket&" + s.query + "&sid=" + s.sid
	conn, err := wstest.Dial(ctx, url, nil, nil)
	if err != nil {
		s.t.Fatal("dial:", err)
	}
	s.t.Cleanup(func() { conn.CloseNow() })
	s.write(conn, "2probe")
	if got := s.read(conn); got != "3probe" {
		s.t.Fatalf("the probe is answered with %q", got)
	}
	return conn
}

func (f *fleet) write(conn *wstest.Conn, text string) {
	f.t.Helper()
	if err := conn.Write(f.t.Context(), wstest.Text, []byte(text)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *fleet) read(conn *wstest.Conn) string {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), patience)
	defer cancel()
	_, text, err := conn.Read(ctx)
	if err != nil {
		return closed
	}
	return string(text)
}

const unknown = `{"code":1,"message":"Session ID unknown"}`

func TestAnyServer(t *testing.T) { overBuses(t, testAnyServer) }

func testAnyServer(t *testing.T, node joint) {
	f := newFleet(t, 3, socketio.Options{}, node)
	s := f.open(0, "EIO=4").join(1)
	if len(s.sid) != 20 {
		t.Errorf("the id %q hasn't 20 characters", s.sid)
	}
	if a := s.do(2, "POST", `420["echo",1]`); a.body != "ok" || a.header.Get("Connection") != "" {
		t.Errorf("POST: %v %v", a, a.header)
	}
	if a := s.do(1, "GET", ""); a.body != `430[1]` {
		t.Errorf("GET: %v", a)
	}
	// A poll that waits at one server is answered by an event that another one got.
	poll := s.later(1, "GET", "")
	s.do(2, "POST", `421["echo",2]`)
	if a := poll(); a.body != `431[2]` {
		t.Errorf("poll: %v", a)
	}
	// Polling meanwhile is released for the upgrade, and then the WebSocket has it all.
	poll = s.later(0, "GET", "")
	conn := s.dial(2)
	if a := poll(); a.body != "6" {
		t.Errorf("the poll during the upgrade: %v", a)
	}
	s.write(conn, "5")
	s.write(conn, `422["echo",3]`)
	if got := s.read(conn); got != `432[3]` {
		t.Errorf("echo over WebSocket: %q", got)
	}
	big := strings.Repeat("x", 900_000)
	s.write(conn, `423["echo","`+big+`"]`)
	if got := s.read(conn); got != `433["`+big+`"]` {
		t.Errorf("a large echo has %d bytes", len(got))
	}
	if a := s.do(1, "GET", ""); a.status != 400 || !strings.Contains(a.body, "Bad request") {
		t.Errorf("a poll beside the WebSocket: %v", a)
	}
	conn.CloseNow()
	eventually(t, "the end of the session", func() bool { return f.servers[0].CountConnections() == 0 })
}
