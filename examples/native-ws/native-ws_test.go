package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestOrigin(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	server := httptest.NewServer(newServer(ctx))
	defer server.Close()
	defer end()
	for origin, want := range map[string]int{
		"":                   http.StatusSwitchingProtocols, // a program
		"null":               http.StatusSwitchingProtocols, // a page from disk
		server.URL:           http.StatusSwitchingProtocols,
		"http://example.org": http.StatusForbidden,
	} {
		options := &websocket.DialOptions{HTTPHeader: http.Header{}}
		if origin != "" {
			options.HTTPHeader.Set("Origin", origin)
		}
		conn, res, err := websocket.Dial(ctx, server.URL, options)
		if res == nil || res.StatusCode != want {
			t.Errorf("Origin %q: %v, want %d", origin, err, want)
			continue
		}
		if err != nil {
			continue
		}
		kind, text, err := conn.Read(ctx)
		if err != nil || kind != websocket.MessageText || string(text) != "Hello! I am a server." {
			t.Errorf("Origin %q: greeted with %v %q, %v", origin, kind, text, err)
		}
		conn.CloseNow()
	}
}

// One client's bad end is not another's: too much text closes its connection alone.
func TestTooLong(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	server := httptest.NewServer(newServer(ctx))
	defer server.Close()
	defer end()
	dial := func() *websocket.Conn {
		conn, _, err := websocket.Dial(ctx, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := conn.Read(ctx); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	good, bad := dial(), dial()
	defer good.CloseNow()
	if err := bad.Write(ctx, websocket.MessageText, []byte(strings.Repeat("x", 1<<20))); err != nil {
		t.Log(err) // the server may close while we still write
	}
	if _, _, err := bad.Read(ctx); websocket.CloseStatus(err) != websocket.StatusMessageTooBig {
		t.Errorf("too long a message: %v", err)
	}
	if err := good.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Errorf("the other connection: %v", err)
	}
}
