package engineio_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

type unhearing struct{}

func (unhearing) Message([]byte, bool)          {}
func (unhearing) Closed(engineio.Reason, error) {}

// owned is a server that has sessions, and one that forwards to it over TCP, as connect says.
func owned(t *testing.T, o engineio.Options, connect func(dial func() (net.Conn, error)) (net.Conn, error)) (owner, other *engineio.Server) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	dial := func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
	owner, other = pair(t, o, func() (net.Conn, error) {
		if connect != nil {
			return connect(dial)
		}
		return dial()
	})
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			owner.ServeForwarded(c)
		}
	}()
	return owner, other
}

// pair is owned with any connections.
func pair(t *testing.T, o engineio.Options, connect func() (net.Conn, error)) (owner, other *engineio.Server) {
	o.Logger = slog.New(slog.DiscardHandler)
	owner = engineio.New(o, func(*engineio.Socket) engineio.Receiver { return unhearing{} })
	o.Elsewhere = func(sid string) func(context.Context) (net.Conn, error) {
		if strings.HasPrefix(sid, "nobody") {
			return nil
		}
		return func(context.Context) (net.Conn, error) { return connect() }
	}
	other = engineio.New(o, func(*engineio.Socket) engineio.Receiver { return unhearing{} })
	t.Cleanup(func() { other.Close(); owner.Close() })
	return owner, other
}

func ask(h http.Handler, method, query, body string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/engine.io/?transport=polling&EIO=4"+query, strings.NewReader(body))
	for _, f := range change {
		f(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func sidOf(t *testing.T, h http.Handler) string {
	t.Helper()
	_, rest, ok := strings.Cut(ask(h, "GET", "", "").Body.String(), `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	if !ok {
		t.Fatal("no handshake")
	}
	return "&sid=" + sid
}

func TestElsewhere(t *testing.T) {
	var saw atomic.Value
	owner, other := owned(t, engineio.Options{
		CORS: &engineio.CORS{}, PingInterval: 300 * time.Millisecond,
		Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				saw.Store(fmt.Sprint(r.Method, " ", r.RemoteAddr, " ", r.TLS != nil, " ", r.Header.Get("Connection")))
				next.ServeHTTP(w, r)
			})
		}},
	}, nil)
	sid := sidOf(t, owner)
	if w := ask(other, "GET", sid, ""); w.Code != 200 || w.Body.String() != "2" || len(w.Header()["Access-Control-Allow-Origin"]) != 1 {
		t.Errorf("a poll: %d %q %v", w.Code, w.Body, w.Header())
	}
	w := ask(other, "POST", sid, "3", func(r *http.Request) {
		r.RemoteAddr, r.TLS = "192.0.2.9:7", new(tls.ConnectionState)
		r.Header.Set("Connection", "Keep-Alive, X")
	})
	if w.Code != 200 || w.Body.String() != "ok" {
		t.Errorf("a POST: %d %q", w.Code, w.Body)
	}
	if got := saw.Load(); got != "POST 192.0.2.9:7 true " {
		t.Errorf("the owner saw %q", got)
	}
	// In pieces, and of no known length.
	w = ask(other, "POST", sid, "", func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(io.MultiReader(strings.NewReader("4one\x1e"), strings.NewReader("4two"))), -1
	})
	if w.Code != 200 || w.Body.String() != "ok" {
		t.Errorf("a POST in pieces: %d %q", w.Code, w.Body)
	}
	if w := ask(other, "GET", "&sid=nobody", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "Session ID unknown") {
		t.Errorf("nobody's session: %d %q", w.Code, w.Body)
	}
	if w := ask(other, "GET", "&sid=gone", ""); w.Code != 400 || !strings.Contains(w.Body.String(), "Session ID unknown") || len(w.Header()["Access-Control-Allow-Origin"]) != 1 {
		t.Errorf("one that the owner doesn't know: %d %q %v", w.Code, w.Body, w.Header())
	}
	// A forwarded request goes no further.
	if w := ask(other, "GET", "", "", func(r *http.Request) { r.Header.Set("Madang-Forwarded", "release x") }); w.Code != 200 {
		t.Errorf("a handshake: %d %q", w.Code, w.Body)
	}
}

func TestElsewhereOutOfReach(t *testing.T) {
	for name, connect := range map[string]func(func() (net.Conn, error)) (net.Conn, error){
		"connect fails": func(func() (net.Conn, error)) (net.Conn, error) { return nil, errors.New("no way") },
		"the connection ends": func(func() (net.Conn, error)) (net.Conn, error) {
			a, b := net.Pipe()
			go func() { b.Read(make([]byte, 10)); b.Close() }()
			return a, nil
		},
		"something else answers": func(func() (net.Conn, error)) (net.Conn, error) {
			a, b := net.Pipe()
			go func() { b.Write([]byte("SSH-2.0-OpenSSH\r\n\r\n")); io.Copy(io.Discard, b) }()
			go func() { time.Sleep(time.Second); b.Close() }()
			return a, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, other := owned(t, engineio.Options{CORS: &engineio.CORS{}}, connect)
			for _, method := range []string{"GET", "POST"} {
				body := map[string]string{"POST": "3"}[method]
				w := ask(other, method, "&sid=somewhere", body)
				if w.Code != 502 || len(w.Header()["Access-Control-Allow-Origin"]) != 1 || !strings.Contains(w.Body.String(), `"code":4`) {
					t.Errorf("%s: %d %q %v", method, w.Code, w.Body, w.Header())
				}
			}
		})
	}
}

// A poll that would be cut by a deadline in front is answered before.
func TestElsewhereUnderDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var owner, other *engineio.Server
		owner, other = pair(t, engineio.Options{PingInterval: 10 * time.Second}, func() (net.Conn, error) {
			a, b := net.Pipe()
			owner.ServeForwarded(b)
			return a, nil
		})
		if w := ask(http.TimeoutHandler(other, 1500*time.Millisecond, "late"), "GET", sidOf(t, owner), ""); w.Code != 200 || w.Body.String() != "6" {
			t.Errorf("%d %q", w.Code, w.Body)
		}
	})
	owner, other := owned(t, engineio.Options{PingInterval: 10 * time.Second}, nil)
	sid := sidOf(t, owner)
	front := httptest.NewUnstartedServer(other)
	front.Config.WriteTimeout = 300 * time.Millisecond
	front.Start()
	defer front.Close()
	go func() { time.Sleep(time.Second); s, _ := owner.Socket(sid[5:]); s.Send(engineio.Text("late"), 0) }()
	resp, err := http.Get(front.URL + "/engine.io/?transport=polling&EIO=4" + sid)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if text, _ := io.ReadAll(resp.Body); string(text) != "4late" {
		t.Errorf("%d %q", resp.StatusCode, text)
	}
}

// Requests of sessions that nobody has cost the owner no more than so many a second.
func TestElsewhereFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		other := engineio.New(engineio.Options{Logger: slog.New(slog.DiscardHandler), Elsewhere: func(string) func(context.Context) (net.Conn, error) {
			return func(context.Context) (net.Conn, error) {
				calls++
				a, b := net.Pipe()
				go io.Copy(io.Discard, b)
				go func() { io.WriteString(b, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"); b.Close() }()
				return a, nil
			}
		}}, func(*engineio.Socket) engineio.Receiver { return unhearing{} })
		defer other.Close()
		from := func(address string) func(*http.Request) {
			return func(r *http.Request) { r.RemoteAddr = address }
		}
		for i := range 1000 {
			if w := ask(other, "GET", "&sid=x", "", from("192.0.2.1:1")); w.Code != 400 {
				t.Fatalf("request %d: %d", i, w.Code)
			}
		}
		if w := ask(other, "GET", "&sid=x", "", from("192.0.2.1:2")); w.Code != 429 || w.Header().Get("Retry-After") != "1" || calls != 1000 {
			t.Errorf("%d %v, %d calls", w.Code, w.Header(), calls)
		}
		if w := ask(other, "GET", "&sid=x", "", from("192.0.2.2:1")); w.Code != 400 {
			t.Errorf("another address: %d", w.Code)
		}
		time.Sleep(time.Second)
		if w := ask(other, "GET", "&sid=x", "", from("192.0.2.1:3")); w.Code != 400 {
			t.Errorf("a second later: %d", w.Code)
		}
	})
}

// An owner that says nothing for longer than a request takes isn't waited for, and the client is
// told.
func TestElsewhereSilent(t *testing.T) {
	for name, c := range map[string]struct {
		method, body string
		change       func(*http.Request)
		most         time.Duration
	}{
		"poll":               {"GET", "", func(*http.Request) {}, 55 * time.Second},
		"POST":               {"POST", "3", func(*http.Request) {}, 85 * time.Second},
		"POST without bytes": {"POST", "", func(*http.Request) {}, 55 * time.Second},
		"upgrade": {"GET", "", func(r *http.Request) {
			r.Header.Set("Connection", "Upgrade")
			r.Header.Set("Upgrade", "websocket")
		}, 10 * time.Second},
	} {
		for _, reads := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, read: %t", name, reads), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					other := engineio.New(engineio.Options{Logger: slog.New(slog.DiscardHandler), Elsewhere: func(string) func(context.Context) (net.Conn, error) {
						return func(context.Context) (net.Conn, error) {
							a, b := net.Pipe()
							if reads {
								go func() { io.Copy(io.Discard, b); b.Close() }()
							}
							return a, nil
						}
					}}, func(*engineio.Socket) engineio.Receiver { return unhearing{} })
					defer other.Close()
					begin := time.Now()
					w := ask(other, c.method, "&sid=x", c.body, c.change)
					if took := time.Since(begin); w.Code != 502 || !strings.Contains(w.Body.String(), "can't be reached") || took != c.most {
						t.Errorf("%d %q after %v, want 502 after %v", w.Code, w.Body, took, c.most)
					}
				})
			})
		}
	}
}
