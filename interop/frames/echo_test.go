package frames

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/madang-chat/madang/internal/leak"
	"github.com/madang-chat/madang/internal/ws"
)

func TestMain(m *testing.M) { leak.Main(m) }

// echo is a WebSocket server of the parts of internal/ws, for one connection.
type echo struct {
	conn    net.Conn
	decoder ws.Decoder
}

var errDone = errors.New("closed by the peer")

func (e *echo) Message(p []byte, binary bool) error {
	op := ws.Text
	if binary {
		op = ws.Binary
	}
	if !e.decoder.Deflate {
		return e.write(ws.AppendFrame(nil, op, p))
	}
	z, err := ws.Deflate(nil, p)
	if err != nil {
		return err
	}
	return e.write(append(ws.AppendHeader(nil, op, len(z), true), z...))
}

func (e *echo) Control(op ws.Opcode, p []byte) error {
	switch op {
	case ws.Ping:
		return e.write(ws.AppendFrame(nil, ws.Pong, p))
	case ws.Close:
		return errors.Join(e.write(ws.AppendFrame(nil, ws.Close, p)), errDone)
	}
	return nil
}

func (e *echo) write(p []byte) error {
	_, err := e.conn.Write(p)
	return err
}

const echoLimit = 1 << 20

// serveEcho starts an echo server. Its goroutines end with their connections.
func serveEcho(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key, err := ws.CheckUpgrade(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		response := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
			"Sec-WebSocket-Accept: " + ws.AcceptKey(key) + "\r\n"
		extensions, deflate := ws.NegotiateDeflate(r.Header)
		if deflate {
			response += "Sec-WebSocket-Extensions: " + extensions + "\r\n"
		}
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		e := &echo{conn: conn, decoder: ws.Decoder{Limit: echoLimit, Deflate: deflate}}
		if err := e.write([]byte(response + "\r\n")); err != nil {
			return
		}
		buf := make([]byte, 4<<10)
		for {
			n, err := rw.Read(buf)
			if err == nil {
				err = e.decoder.Feed(buf[:n], e)
			}
			var fault *ws.Error
			if errors.As(err, &fault) {
				e.write(ws.AppendClose(nil, fault.Code, fault.Text))
				// Closing with unread bytes would reset the connection and lose the frame.
				for err = nil; err == nil; _, err = rw.Read(buf) {
				}
			}
			if err != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server
}

func dial(t *testing.T, server *httptest.Server, mode websocket.CompressionMode) *websocket.Conn {
	t.Helper()
	conn, response, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{CompressionMode: mode, CompressionThreshold: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.CloseNow() })
	conn.SetReadLimit(-1)
	agreed := response.Header.Get("Sec-WebSocket-Extensions") != ""
	if agreed != (mode != websocket.CompressionDisabled) {
		t.Fatalf("compression agreed: %v, mode %v", agreed, mode)
	}
	return conn
}

func TestEcho(t *testing.T) {
	server := serveEcho(t)
	modes := map[string]websocket.CompressionMode{
		"plain":                    websocket.CompressionDisabled,
		"deflate":                  websocket.CompressionNoContextTakeover,
		"deflate offering context": websocket.CompressionContextTakeover,
	}
	messages := []string{"", "a", `42["message","안녕"]`, strings.Repeat("마당", 100), strings.Repeat("0123456789abcdef", echoLimit/16)}
	for name, mode := range modes {
		t.Run(name, func(t *testing.T) {
			conn := dial(t, server, mode)
			for i, message := range messages {
				kind := []websocket.MessageType{websocket.MessageText, websocket.MessageBinary}[i%2]
				if err := conn.Write(t.Context(), kind, []byte(message)); err != nil {
					t.Fatal(err)
				}
				expect(t, conn, kind, message)
			}
			for _, message := range messages {
				w, err := conn.Writer(t.Context(), websocket.MessageText)
				if err != nil {
					t.Fatal(err)
				}
				// Each Write is a frame; the pieces cut characters.
				for piece := range slices.Chunk([]byte(message), 1+len(message)/7) {
					if _, err := w.Write(piece); err != nil {
						t.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				expect(t, conn, websocket.MessageText, message)
			}
			ctx := conn.CloseRead(t.Context())
			if err := conn.Ping(ctx); err != nil {
				t.Fatal(err)
			}
			if err := conn.Close(websocket.StatusNormalClosure, "bye"); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func expect(t *testing.T, conn *websocket.Conn, kind websocket.MessageType, message string) {
	t.Helper()
	gotKind, got, err := conn.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if gotKind != kind || !bytes.Equal(got, []byte(message)) {
		t.Fatalf("%v of %d bytes came back as %v of %d", kind, len(message), gotKind, len(got))
	}
}

func TestFaultReachesClient(t *testing.T) {
	server := serveEcho(t)
	tests := []struct {
		kind    websocket.MessageType
		message []byte
		want    websocket.StatusCode
	}{
		{websocket.MessageText, []byte("\xff"), websocket.StatusInvalidFramePayloadData},
		{websocket.MessageBinary, make([]byte, echoLimit+1), websocket.StatusMessageTooBig},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.want), func(t *testing.T) {
			conn := dial(t, server, websocket.CompressionDisabled)
			if err := conn.Write(t.Context(), tt.kind, tt.message); err != nil {
				t.Fatal(err)
			}
			_, _, err := conn.Read(t.Context())
			if got := websocket.CloseStatus(err); got != tt.want {
				t.Fatalf("Read: %v, want close code %v", err, tt.want)
			}
		})
	}
}

func TestRefusedHandshake(t *testing.T) {
	server := serveEcho(t)
	response, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Fatalf("status %d", response.StatusCode)
	}
}
