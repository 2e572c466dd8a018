package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// hijacker and flusher are what a ResponseWriter without Unwrap may offer besides its three
// methods.
type hijacker struct{ http.ResponseWriter }

func (h hijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return h.ResponseWriter.(http.Hijacker).Hijack()
}

func (h hijacker) Flush() { h.ResponseWriter.(http.Flusher).Flush() }

// sealed hides what it wraps, and offers a hijack or nothing.
type sealed struct{ inner http.ResponseWriter }

func (s sealed) Header() http.Header         { return s.inner.Header() }
func (s sealed) Write(p []byte) (int, error) { return s.inner.Write(p) }
func (s sealed) WriteHeader(status int)      { s.inner.WriteHeader(status) }

type sealedHijacker struct{ sealed }

func (s sealedHijacker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return hijacker{s.inner}.Hijack()
}
func (s sealedHijacker) Flush() { hijacker{s.inner}.Flush() }

// A writer that hides the deadlines is told to the developer; where it can be hijacked, a refusal
// ends all the same. One that embeds what it wraps hides nothing.
func TestWriterThatHidesDeadlines(t *testing.T) {
	tests := []struct {
		name string
		wrap func(http.ResponseWriter) http.ResponseWriter
		ends bool
		told int
	}{
		{"all but three methods", func(w http.ResponseWriter) http.ResponseWriter { return mute{w} }, true, 0},
		{"with Hijack", func(w http.ResponseWriter) http.ResponseWriter { return hijacker{w} }, true, 0},
		{"sealed", func(w http.ResponseWriter) http.ResponseWriter { return sealed{w} }, false, 1},
		{"sealed, with Hijack", func(w http.ResponseWriter) http.ResponseWriter { return sealedHijacker{sealed{w}} }, true, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				engine := engineio.New(engineio.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))}, nil)
				listener := &pipeListener{conns: make(chan net.Conn), done: make(chan struct{}), room: 100}
				server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					engine.ServeHTTP(test.wrap(w), r)
				})}
				var serving sync.WaitGroup
				serving.Go(func() { server.Serve(listener) })
				defer serving.Wait()
				defer server.Close()
				defer engine.Close()

				r := &rig{t: t, dial: listener.dial}
				for range 2 {
					d := r.dawdle("POST /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: engine.test\r\nContent-Length: 200000\r\n\r\n", "x")
					d.answer(400, 0)
					if test.ends {
						d.ends(4 * time.Second)
					}
					d.Close()
				}
				time.Sleep(time.Minute)
				if text := log.String(); strings.Count(text, "level=WARN") != test.told || strings.Count(text, "Unwrap() http.ResponseWriter") != test.told {
					t.Errorf("logged %q", text)
				}
			})
		})
	}
}

// One refused request of HTTP/2 doesn't end the others of its connection.
func TestUnfinishedBodiesOfHTTP2(t *testing.T) {
	bubble(t, engineio.Options{BodyTimeout: 5 * time.Second}, testUnfinishedBodiesOfHTTP2)
}

func testUnfinishedBodiesOfHTTP2(t *testing.T, r *rig) {
	listener := newPipeListener()
	web := &httptest.Server{Listener: listener, EnableHTTP2: true, Config: &http.Server{Handler: r.Server}}
	web.StartTLS()
	web.URL = "https://example.com" // as its certificate says
	defer web.Close()
	client := web.Client()
	client.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return listener.dial() }

	send := func(method, query string, body io.Reader) (int, string, bool) {
		t.Helper()
		req, err := http.NewRequest(method, web.URL+"/engine.io/?EIO=4&transport=polling"+query, body)
		if err != nil {
			t.Fatal(err)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.ProtoMajor != 2 {
			t.Fatal(res.Proto, err)
		}
		return res.StatusCode, string(text), res.Close
	}
	never := func() io.Reader {
		body, end := io.Pipe()
		t.Cleanup(func() { end.Close() })
		return body
	}
	_, open, _ := send("GET", "", nil)
	sid := "&sid=" + parseOpen(t, open).SID
	s := r.session()
	if status, _, closes := send("POST", "", never()); status != 400 || closes {
		t.Errorf("refused with %d, closes %v", status, closes)
	}
	if status, text, _ := send("POST", sid, strings.NewReader("4x")); status != 200 || text != "ok" {
		t.Errorf("answer %d %q", status, text)
	}
	s.got("x")
	time.Sleep(10 * time.Second) // longer than the deadline of a body that was read
	if status, text, _ := send("POST", sid, strings.NewReader("4y")); status != 200 || text != "ok" {
		t.Errorf("answer %d %q", status, text)
	}
	s.got("y")
	if status, _, _ := send("POST", sid, never()); status != 408 {
		t.Errorf("a body that doesn't end: %d", status)
	}
	s.end(engineio.ReasonTransportError)
}
