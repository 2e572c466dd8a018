package frames

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/engineio"
)

// mirror is the receiver of a socket that sends back what comes.
type mirror struct{ socket *engineio.Socket }

func (m mirror) Message(data []byte, binary bool) {
	answer := engineio.Text(string(data))
	if binary {
		answer = engineio.Binary(append([]byte(nil), data...))
	}
	_ = m.socket.Send(answer, 0) // fails when the connection has ended
}

func (mirror) Closed(engineio.Reason, error) {}

func TestSessionOfAnotherMake(t *testing.T) {
	for name, mode := range map[string]websocket.CompressionMode{
		"plain":                    websocket.CompressionDisabled,
		"deflate":                  websocket.CompressionNoContextTakeover,
		"deflate offering context": websocket.CompressionContextTakeover,
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			e := engineio.New(engineio.Options{PerMessageDeflate: true, Logger: slog.New(slog.DiscardHandler)},
				func(s *engineio.Socket) engineio.Receiver { return mirror{s} })
			server := httptest.NewServer(e)
			t.Cleanup(func() { e.Close(); server.Close() })
			c, _, err := websocket.Dial(ctx, server.URL+"/engine.io/?EIO=4&transport=websocket",
				&websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.CloseNow() })
			c.SetReadLimit(1 << 24)
			if _, p, err := c.Read(ctx); err != nil || p[0] != '0' {
				t.Fatalf("open packet %q, %v", p, err)
			}
			for _, size := range []int{1, 100, 125, 126, 1024, 70_000, 500_000} {
				text := strings.Repeat("aü", size/3+1)
				exchange(t, ctx, c, websocket.MessageText, "4"+text)
				exchange(t, ctx, c, websocket.MessageBinary, text)
			}
			if err := c.Close(websocket.StatusNormalClosure, "done"); err != nil {
				t.Error("close:", err)
			}
		})
	}
}

func exchange(t *testing.T, ctx context.Context, c *websocket.Conn, kind websocket.MessageType, message string) {
	t.Helper()
	if err := c.Write(ctx, kind, []byte(message)); err != nil {
		t.Fatal(err)
	}
	expect(t, c, kind, message)
}
