package engineio

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// An answer is a ResponseWriter that allocates nothing.
type answer struct {
	header http.Header
	status int
	bytes  int
}

func (a *answer) Header() http.Header               { return a.header }
func (a *answer) WriteHeader(status int)            { a.status = status }
func (a *answer) Write(p []byte) (int, error)       { a.bytes += len(p); return len(p), nil }
func (a *answer) WriteString(s string) (int, error) { a.bytes += len(s); return len(s), nil }
func (a *answer) SetReadDeadline(time.Time) error   { return nil }
func (a *answer) SetWriteDeadline(time.Time) error  { return nil }

// An echoer sends each message back, always the same.
type echoer struct {
	socket *Socket
	answer *Message
}

func (e *echoer) Message([]byte, bool) { e.socket.Send(e.answer, 0) }
func (e *echoer) Closed(Reason, error) {}

// What polling allocates stands beside some forty allocations of net/http for the same two
// requests.
func TestPollingAllocatesLittle(t *testing.T) {
	server := New(Options{Logger: slog.New(slog.DiscardHandler)}, func(s *Socket) Receiver { return &echoer{s, Text("x")} })
	defer server.Close()
	a := &answer{header: http.Header{}}
	serve := func(r *http.Request) {
		clear(a.header)
		server.ServeHTTP(a, r)
		if a.status != http.StatusOK && a.status != 0 {
			t.Fatal(a.status)
		}
		a.status = 0
	}
	target := server.Path() + "?EIO=4&transport=polling"
	serve(httptest.NewRequest("GET", target, nil).WithContext(t.Context()))
	for id := range server.sessions {
		target += "&sid=" + id
	}
	get := httptest.NewRequest("GET", target, nil).WithContext(t.Context())
	body := bytes.NewReader([]byte("4x"))
	post := httptest.NewRequest("POST", target, body).WithContext(t.Context())
	post.Body = io.NopCloser(body)
	a.bytes = 0
	const runs = 100
	n := testing.AllocsPerRun(runs, func() {
		body.Seek(0, io.SeekStart)
		serve(post)
		serve(get)
	})
	if want := (runs + 1) * len("ok"+"4x"); a.bytes != want {
		t.Errorf("%d bytes are answered, want %d", a.bytes, want)
	}
	if n > 5 { // 2, and with the race detector pools lose some
		t.Errorf("%v allocations", n)
	}
}
