package siotest

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// DefaultPatience is how long a client waits for what must come: longer than the 10 s that programs
// usually give an Ask.
const DefaultPatience = 30 * time.Second

// Options say how a client connects. The zero value is a client of today on WebSocket, without
// auth.
type Options struct {
	// Auth is sent with CONNECT, as JSON: a struct or a map. With EIO3 its fields become the query
	// of the namespace, and the main namespace gets none.
	Auth any
	// Header is added to the request that opens the connection: cookies, Origin, Authorization.
	Header http.Header
	// Query is added to the URL of that request.
	Query url.Values
	// Handler gets the request. Default: the server itself. Set it to the mux or the middleware
	// around the server.
	Handler http.Handler
	// EIO3 makes it a client of Socket.IO 1 and 2.
	EIO3 bool
	// Parser is that of the server. Default ParserJSON.
	Parser socketio.Parser
	// Patience is how long methods wait for what must come before they fail the test. It must be
	// longer than the time-outs that the test runs into, those of the program and of the server.
	// Default 30 s.
	Patience time.Duration
}

// A DialError is a refusal: of the connection, then Status is that of the HTTP answer, or of the
// namespace.
type DialError struct {
	Status  int    // 0 when it was the namespace that refused
	Message string // of the connect_error, or the body of the HTTP answer
	Data    any    // of the connect_error: what JSON decodes into an any
}

func (e *DialError) Error() string {
	switch {
	case e.Status != 0:
		return fmt.Sprintf("siotest: connection refused with status %d: %s", e.Status, e.Message)
	case e.Data != nil:
		return fmt.Sprintf("siotest: namespace refused: %s (data %s)", e.Message, text(e.Data))
	}
	return "siotest: namespace refused: " + e.Message
}

// NewServer makes a server that ends with the test. Without a Logger it writes errors to the output
// of the test.
func NewServer(t testing.TB, o socketio.Options) *socketio.Server {
	var out testOutput
	if o.Logger == nil {
		out.w = t.Output()
		o.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))
	}
	s := socketio.New(o)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("siotest: close the server: %v", err)
		}
		out.close()
	})
	return s
}

// testOutput drops what handlers log that outlive their test: the output of a test must not be
// written to after its end.
type testOutput struct {
	mu sync.Mutex
	w  io.Writer // guarded by mu; nil after the end
}

func (o *testOutput) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.w == nil {
		return len(p), nil
	}
	return o.w.Write(p)
}

func (o *testOutput) close() {
	o.mu.Lock()
	o.w = nil
	o.mu.Unlock()
}

// Dial connects a client to a namespace and waits for the answer. A refusal fails the test. The
// client ends with the test.
func Dial(t testing.TB, s *socketio.Server, namespace string, o Options) *Client {
	t.Helper()
	c, err := TryDial(t, s, namespace, o)
	if err != nil {
		t.Fatalf("siotest: dial %q: %v", namespace, err)
	}
	return c
}

// TryDial is Dial for a client that may be refused: the error is a *DialError then. Nothing else
// makes it fail.
func TryDial(t testing.TB, s *socketio.Server, namespace string, o Options) (*Client, error) {
	t.Helper()
	if o.Handler == nil {
		o.Handler = s
	}
	if o.Patience == 0 {
		o.Patience = DefaultPatience
	}
	conn, err := open(t, s, o)
	if err != nil {
		return nil, err
	}
	c, err := conn.join(namespace, o.Auth)
	if err != nil {
		conn.drop()
		return nil, err
	}
	return c, nil
}

// open makes the request of a WebSocket and starts the connection.
func open(t testing.TB, s *socketio.Server, o Options) (*conn, error) {
	t.Helper()
	query := url.Values{"EIO": {"4"}, "transport": {engineio.WebSocket}}
	if o.EIO3 {
		query.Set("EIO", "3")
	}
	maps.Copy(query, o.Query)
	pipe, w := upgrade(o.Handler, s.Path()+"?"+query.Encode(), o.Header)
	if !w.hijacked {
		return nil, &DialError{Status: w.status, Message: strings.TrimSpace(w.body.String())}
	}
	c := newConn(t, s, pipe, o)
	t.Cleanup(c.leave)
	if !c.await(func() bool { return c.over || c.sid != "" }) {
		t.Fatalf("siotest: no open packet within %v", o.Patience)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sid == "" {
		return nil, &DialError{Status: w.status, Message: "the server closed the connection: " + c.end}
	}
	return c, nil
}

// join enters a namespace.
func (c *conn) join(namespace string, auth any) (*Client, error) {
	c.t.Helper()
	if !strings.HasPrefix(namespace, "/") {
		namespace = "/" + namespace
	}
	c.mu.Lock()
	client := c.clients[namespace]
	switch {
	case client != nil && client.taken && client.active():
		c.mu.Unlock()
		c.t.Fatalf("siotest: the connection is in %q already", namespace)
	case client == nil || client.taken || client.refusal != nil:
		client = newClient(c, namespace)
		c.clients[namespace] = client
	}
	client.taken = true
	c.mu.Unlock()
	if err := c.connect(client, auth); err != nil {
		c.t.Fatalf("siotest: encode the auth for %q: %v", namespace, err)
	}
	if !c.await(func() bool { return c.over || client.refusal != nil || client.phase != dialing }) {
		c.t.Fatalf("siotest: no answer to CONNECT %q within %v%s", namespace, c.patience, c.history())
	}
	c.mu.Lock()
	refusal, accepted, end := client.refusal, client.phase != dialing, c.end
	c.mu.Unlock()
	switch {
	case refusal != nil:
		return nil, refusal
	case !accepted:
		return nil, &DialError{Message: "the server closed the connection: " + end}
	}
	client.watch()
	return client, nil
}

// connect sends CONNECT. Clients of Socket.IO 1 and 2 are in the main namespace without it, and
// carry the auth in a query.
func (c *conn) connect(client *Client, auth any) error {
	namespace := client.namespace
	var body []byte
	if auth != nil {
		var err error
		if body, err = json.Marshal(auth); err != nil {
			return err
		}
	}
	if !c.v3 {
		var session struct {
			PID string `json:"pid"`
		}
		if json.Unmarshal(body, &session) == nil {
			c.mu.Lock()
			client.pid = session.PID
			c.mu.Unlock()
		}
		c.sendPacket(packet{kind: kindConnect, namespace: namespace, data: body})
		return nil
	}
	if namespace == "/" {
		c.mu.Lock()
		first := !c.entered
		c.entered = true
		c.mu.Unlock()
		if first {
			return nil
		}
	}
	var fields map[string]any
	if body != nil {
		if err := json.Unmarshal(body, &fields); err != nil {
			return err
		}
	}
	query := url.Values{}
	for k, v := range fields {
		query.Set(k, fmt.Sprint(v))
	}
	if len(query) > 0 {
		namespace += "?" + query.Encode()
	}
	c.sendPacket(packet{kind: kindConnect, namespace: namespace})
	return nil
}
