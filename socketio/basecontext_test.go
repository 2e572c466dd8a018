package socketio_test

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// An application often cancels the context of its HTTP server before it shuts down. Clients on
// polling are told to go all the same.
func TestShutdownBehindTheBaseContext(t *testing.T) {
	base, cancel := context.WithCancel(context.Background())
	s := socketio.New(socketio.Options{Logger: slog.New(slog.DiscardHandler)})
	defer s.Close()
	h := httptest.NewUnstartedServer(s)
	h.Config.BaseContext = func(net.Listener) context.Context { return base }
	h.Start()
	defer h.Close()
	ended := make(chan socketio.Reason, 1)
	s.Of("/").OnDisconnect(func(_ socket, why socketio.Reason) { ended <- why })

	query := "/socket.io/?EIO=4&transport=polling"
	request := func(method, body string) string {
		req, _ := http.NewRequest(method, h.URL+query, strings.NewReader(body))
		res, err := h.Client().Do(req)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		text, _ := io.ReadAll(res.Body)
		return string(text)
	}
	_, sid, _ := strings.Cut(request("GET", ""), `"sid":"`)
	sid, _, _ = strings.Cut(sid, `"`)
	query += "&sid=" + sid
	request("POST", "40")
	if got := request("GET", ""); !strings.HasPrefix(got, "40{") {
		t.Fatal(got)
	}
	answer := make(chan string, 1)
	go func() { answer <- request("GET", "") }()
	time.Sleep(50 * time.Millisecond) // it waits
	cancel()
	time.Sleep(50 * time.Millisecond)
	ctx, done := context.WithTimeout(t.Context(), 10*time.Second)
	defer done()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if got := receive(t, answer); got != "1" {
		t.Errorf("the poll got %q", got)
	}
	if why := receive(t, ended); why != socketio.ReasonShutdown {
		t.Errorf("ended with %q", why)
	}
}
