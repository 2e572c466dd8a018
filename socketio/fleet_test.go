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
	turn    *atomic.Int64
}

// newFleet starts servers with the names a, b, c …
func newFleet(t *testing.T, n int, o socketio.Options, node joint) *fleet {
	t.Helper()
	f := &fleet{t: t, turn: new(atomic.Int64)}
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
}

// open begins a polling session at a server.
func (f *fleet) open(owner int, query string) *session {
	f.t.Helper()
	return (&session{fleet: f, query: query}).begin(owner)
}

func (s *session) begin(at ...int) *session {
	s.t.Helper()
	a := s.do(append(at, next)[0], "GET", "")
	_, text, _ := strings.Cut(strings.ReplaceAll(a.body, `\"`, `"`), "{")
	text, _, _ = strings.Cut(text, "}")
	var hello struct{ SID string }
	if a.status != 200 || json.Unmarshal([]byte("{"+text+"}"), &hello) != nil {
		s.t.Fatalf("handshake: %v", a)
	}
	s.sid = hello.SID
	return s
}

type answer struct {
	status int
	body   string
	header http.Header
	close  bool
}

func (a answer) String() string { return fmt.Sprintf("%d %.100q", a.status, a.body) }

// next is the server whose turn it is.
const next = -1

func (f *fleet) front(server int) string {
	if server == next {
		return f.url
	}
	return f.fronts[server].URL
}

func (s *session) do(server int, method, body string) answer {
	s.t.Helper()
	a, err := s.try(s.t.Context(), server, method, strings.NewReader(body))
	if err != nil {
		s.t.Fatalf("%s at server %d: %v", method, server, err)
	}
	return a
}

func (s *session) try(ctx context.Context, server int, method string, body io.Reader) (answer, error) {
	url := s.front(server) + "/socket.io/?transport=polling&" + s.query
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
	return answer{resp.StatusCode, string(text), resp.Header, resp.Close}, err
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
	url := s.front(server) + "/socket.io/?transport=websocket&" + s.query + "&sid=" + s.sid
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
