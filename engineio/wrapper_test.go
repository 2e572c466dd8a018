package engineio_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// mute hides everything of a ResponseWriter but its three methods.
type mute struct{ http.ResponseWriter }

// A middleware whose ResponseWriter can't be hijacked is told to the client as a refusal, not as a
// WebSocket that breaks at once.
func TestUpgradeBehindAWrapperThatHidesHijack(t *testing.T) {
	refused := make(chan *engineio.ConnectionError, 1)
	server := engineio.New(engineio.Options{
		Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(mute{w}, r) })
		}},
		OnConnectionError: func(e *engineio.ConnectionError) { refused <- e },
		Logger:            slog.New(slog.DiscardHandler),
	}, func(*engineio.Socket) engineio.Receiver {
		t.Error("a session was opened")
		return nil
	})
	defer server.Close()
	web := httptest.NewServer(server)
	defer web.Close()

	request, err := http.NewRequest("GET", web.URL+"/engine.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, header := range []string{"Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="} {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Set(name, value)
	}
	response, err := web.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusBadRequest {
		t.Errorf("status %d, want 400", response.StatusCode)
	}
	if e := <-refused; e.Name != "TRANSPORT_HANDSHAKE_ERROR" || e.Err == nil {
		t.Errorf("told %v", e)
	}
}
