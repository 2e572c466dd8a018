package engineio_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/nodetest"
)

// An echo sends back what it gets, text as JSON, and remembers it.
type echo struct {
	*engineio.Socket
	mu  sync.Mutex
	got []string // guarded by mu
}

func (e *echo) Message(data []byte, binary bool) {
	text := string(data)
	quoted, _ := json.Marshal(text)
	m := engineio.NewMessage(append(make([]byte, engineio.Prefix), quoted...))
	if binary {
		text, m = "binary:"+text, engineio.Binary(bytes.Clone(data))
	}
	e.mu.Lock()
	e.got = append(e.got, text)
	e.mu.Unlock()
	e.Send(m, 0)
}

func (e *echo) Closed(engineio.Reason, error) {}

// What official clients send arrives and comes back, whatever they make of it on the way. Those of
// 1.x encode text twice in text framing; that of 2.x doesn't, which shows when it has sent
// something that nobody encodes twice.
func TestMessagesOfOfficialClients(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	messages := []string{"é€😀", "Ã©", "a", "caf\u00e9", "binary:\x00\x01\u00ff", "Ã©"}
	for _, client := range []string{"client-1.4.8", "client-1.7.4", "client-2.5.0", "socket.io-client"} {
		for name, options := range map[string]string{
			"polling":            `{"transports":["polling"]}`,
			"polling, base64":    `{"transports":["polling"],"forceBase64":true}`,
			"both, base64":       `{"transports":["polling","websocket"],"forceBase64":true}`,
			"compressed, base64": `{"transports":["websocket"],"forceBase64":true,"perMessageDeflate":{"threshold":0}}`,
		} {
			t.Run(client+", "+name, func(t *testing.T) {
				opened := make(chan *echo, 1)
				io := engineio.New(engineio.Options{AllowEIO3: true, PerMessageDeflate: true, PerMessageDeflateThreshold: -1}, func(s *engineio.Socket) engineio.Receiver {
					e := &echo{Socket: s}
					opened <- e
					return e
				})
				defer io.Close()
				server := httptest.NewServer(io)
				defer server.Close()
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
				defer cancel()
				args, _ := json.Marshal(messages)
				var faults bytes.Buffer
				cmd := exec.CommandContext(ctx, "node", "testdata/client.cjs", server.URL, client, options, string(args))
				cmd.Stderr = &faults
				out, err := cmd.Output()
				if err != nil {
					t.Fatalf("%v\n%s", err, faults.Bytes())
				}
				var back []string
				json.Unmarshal(out, &back)
				e := <-opened
				e.mu.Lock()
				defer e.mu.Unlock()
				if !slices.Equal(e.got, messages) {
					t.Errorf("arrived: %q", e.got)
				}
				if !slices.Equal(back, messages) {
					t.Errorf("came back: %q", back)
				}
			})
		}
	}
}

// An official client tells its page of a refusal what it tells of one of the official server, with
// the status that was chosen.
func TestRefusalAtOfficialClients(t *testing.T) {
	nodetest.Need(t, nodetest.Packages)
	for _, status := range []int{401, 429, 503} {
		io := engineio.New(engineio.Options{AllowRequest: func(*http.Request) error {
			return &engineio.Refusal{Status: status, Message: "not so"}
		}}, func(*engineio.Socket) engineio.Receiver { return new(echo) })
		server := httptest.NewServer(io)
		for transport, want := range map[string]string{
			"polling":   fmt.Sprintf(`{"message":"xhr poll error","description":%d,"status":%[1]d,"body":{"code":4,"message":"not so"}}`, status),
			"websocket": fmt.Sprintf(`{"message":"websocket error","description":"Unexpected server response: %d"}`, status),
		} {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			cmd := exec.CommandContext(ctx, "node", "testdata/refused.cjs", server.URL, "socket.io-client", `{"transports":["`+transport+`"]}`)
			var faults bytes.Buffer
			cmd.Stderr = &faults
			out, err := cmd.Output()
			cancel()
			if got := string(bytes.TrimSpace(out)); err != nil || got != want {
				t.Errorf("%d, %s: %s %v\n%s", status, transport, got, err, faults.Bytes())
			}
		}
		server.Close()
		io.Close()
	}
}
