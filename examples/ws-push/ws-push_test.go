package main

import (
	"bufio"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/engineio"
)

// Nothing for three seconds, then one message every three, until the end.
func TestFeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var at []time.Duration
		ctx, stop := context.WithTimeout(t.Context(), 10*time.Second)
		defer stop()
		err := feed(ctx, func() error {
			at = append(at, time.Since(start))
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) || len(at) != 3 || at[0] != 3*time.Second || at[2] != 9*time.Second {
			t.Errorf("sent at %v, %v", at, err)
		}
	})
}

// A client that is gone stops its feed.
func TestFeedFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := errors.New("gone")
		if err := feed(t.Context(), func() error { return gone }); err != gone {
			t.Error(err)
		}
	})
}

// Both doors carry the same words, and the end of the program ends both.
func TestDoors(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	server := httptest.NewServer(newServer(ctx, engineio.TrustProxies()))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()

	conn, _, err := websocket.Dial(t.Context(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.CloseNow()
	res, err := http.Get(server.URL + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Errorf("Content-Type %q", got)
	}

	if kind, got, err := conn.Read(t.Context()); err != nil || kind != websocket.MessageText || string(got) != text {
		t.Errorf("WebSocket: %v %q, %v", kind, got, err)
	}
	lines := bufio.NewReader(res.Body)
	if got, err := lines.ReadString('\n'); err != nil || got != "data: "+text+"\n" {
		t.Errorf("events: %q, %v", got, err)
	}
	end()
	for {
		if _, err := lines.ReadString('\n'); err != nil {
			break // the stream has ended
		}
	}
	for {
		if _, _, err := conn.Read(t.Context()); err != nil {
			break
		}
	}
}

func TestForeignPage(t *testing.T) {
	server := httptest.NewServer(newServer(t.Context(), engineio.TrustProxies()))
	defer server.Close()
	_, res, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{
		HTTPHeader: http.Header{"Origin": {"http://example.org"}},
	})
	if res == nil || res.StatusCode != http.StatusForbidden {
		t.Errorf("a page of another host: %v", err)
	}
}
