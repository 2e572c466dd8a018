package socketio_test

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/nodetest"
	"github.com/madang-chat/madang/internal/wstest"
	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// patience is how long a test waits for what must come.
const patience = nodetest.Patience

// leave takes a socket out of its namespace, or out of all of its connection.
func leave(so socket, whole bool) {
	if whole {
		so.CloseConnection()
	} else {
		so.Disconnect()
	}
}

// A server is a Socket.IO server behind HTTP for one test.
type server struct {
	*socketio.Server
	url        string
	httpClient *http.Client // nil = the usual one
}

func start(t *testing.T, o socketio.Options) *server {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	s := socketio.New(o)
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", s)
	h := httptest.NewServer(mux)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error("close:", err)
		}
		h.CloseClientConnections()
		h.Close()
	})
	return &server{Server: s, url: h.URL}
}

// startInside is start for a synctest bubble.
func startInside(t *testing.T, o socketio.Options) *server {
	t.Helper()
	pipes := newPipeListener()
	s := &server{siotest.NewServer(t, o), "http://pipe", &http.Client{Transport: &http.Transport{DialContext: pipes.dial}}}
	web := &http.Server{Handler: s}
	go web.Serve(pipes)
	t.Cleanup(func() {
		s.httpClient.CloseIdleConnections()
		web.Close()
	})
	return s
}

// A wire is a scripted client over WebSocket. It answers heartbeats and nothing else. Text is
// shown as its Socket.IO packet, binary with "b:" in front.
type wire struct {
	t    *testing.T
	conn *wstest.Conn
	sid  string // of the connection
	in   chan string
}

const closed = "<closed>"

func (s *server) dial(t *testing.T, query ...string) *wire {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	q := "EIO=4"
	if len(query) > 0 {
		q = strings.Join(query, "&")
	}
	conn, err := wstest.Dial(ctx, s.url+"/socket.io/?transport=websocket&"+q, s.httpClient, nil)
	if err != nil {
		t.Fatal("dial:", err)
	}
	w := &wire{t: t, conn: conn, in: make(chan string, 4096)}
	t.Cleanup(func() { conn.CloseNow() })
	_, open, err := conn.Read(ctx)
	if err != nil || open[0] != '0' {
		t.Fatalf("open packet %q, %v", open, err)
	}
	var hello struct{ SID string }
	if err := json.Unmarshal(open[1:], &hello); err != nil {
		t.Fatal(err)
	}
	w.sid = hello.SID
	go w.read()
	return w
}

func (w *wire) read() {
	defer close(w.in)
	for {
		kind, data, err := w.conn.Read(context.Background())
		switch {
		case err != nil:
			return
		case kind == wstest.Binary:
			w.in <- "b:" + string(data)
		case string(data) == "2":
			if w.conn.Write(context.Background(), wstest.Text, []byte("3")) != nil {
				return
			}
		case data[0] == '4':
			w.in <- string(data[1:])
		}
	}
}

// send sends Socket.IO packets; those that begin with "b:" as binary.
func (w *wire) send(packets ...string) {
	w.t.Helper()
	for _, p := range packets {
		kind, data := wstest.Text, "4"+p
		if rest, ok := strings.CutPrefix(p, "b:"); ok {
			kind, data = wstest.Binary, rest
		}
		if err := w.conn.Write(w.t.Context(), kind, []byte(data)); err != nil {
			w.t.Fatalf("send %q: %v", p, err)
		}
	}
}

// next is the next packet, or closed.
func (w *wire) next() string {
	w.t.Helper()
	select {
	case p, ok := <-w.in:
		if !ok {
			return closed
		}
		return p
	case <-time.After(patience):
		w.t.Fatal("nothing came")
		return ""
	}
}

// expect compares the next packets; a trailing … stands for any rest.
func (w *wire) expect(packets ...string) {
	w.t.Helper()
	for _, want := range packets {
		got := w.next()
		if prefix, open := strings.CutSuffix(want, "…"); open && strings.HasPrefix(got, prefix) {
			continue
		}
		if got != want {
			w.t.Fatalf("got %q, want %q", got, want)
		}
	}
}

// join connects to a namespace and returns the socket's id.
func (w *wire) join(nsp string, auth ...string) string {
	w.t.Helper()
	head := ""
	if nsp != "/" {
		head = nsp + ","
	}
	w.send("0" + head + strings.Join(auth, ""))
	answer := w.next()
	rest, ok := strings.CutPrefix(answer, "0"+head)
	var hello struct{ SID string }
	if err := json.Unmarshal([]byte(rest), &hello); !ok || err != nil {
		w.t.Fatalf("answer to CONNECT %s: %q", nsp, answer)
	}
	return hello.SID
}

// gone drops the connection without a word.
func (w *wire) gone() { w.conn.CloseNow() }

// client dials and joins the main namespace.
func (s *server) client(t *testing.T) *wire {
	t.Helper()
	w := s.dial(t)
	w.join("/")
	return w
}

// poll opens a polling session and returns a function for its requests.
func (s *server) poll(t *testing.T, query string) func(method, body string) string {
	t.Helper()
	base := s.url + "/socket.io/?transport=polling&" + query
	request := func(method, body string) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, base, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := cmp.Or(s.httpClient, http.DefaultClient).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	open := request("GET", "")
	_, rest, _ := strings.Cut(open, "{")
	var hello struct{ SID string }
	if err := json.NewDecoder(strings.NewReader("{" + rest)).Decode(&hello); err != nil {
		t.Fatalf("open %q: %v", open, err)
	}
	base += "&sid=" + hello.SID
	return request
}

// receive waits for what a channel brings.
func receive[T any](t *testing.T, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(patience):
		t.Fatal("nothing came")
		panic("unreachable")
	}
}

// expiring is a context whose deadline comes when the test says so. Other servers are told one that
// is near.
func expiring(t *testing.T) (c context.Context, expire func()) {
	passed := make(chan struct{})
	return expiringContext{t.Context(), time.Now().Add(time.Second / 4), passed}, func() { close(passed) }
}

type expiringContext struct {
	context.Context
	deadline time.Time
	passed   chan struct{}
}

func (c expiringContext) Deadline() (time.Time, bool) { return c.deadline, true }

func (c expiringContext) Done() <-chan struct{} { return c.passed }

func (c expiringContext) Err() error {
	select {
	case <-c.passed:
		return context.DeadlineExceeded
	default:
		return nil
	}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("never happened:", what)
		}
	}
}
