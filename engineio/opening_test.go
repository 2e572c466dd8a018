package engineio_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// Every function of the application that takes part in a handshake, broken.
func TestPanicInAHandshakeLeavesNothing(t *testing.T) {
	bad := func() { panic("broken by the application") }
	tests := []struct {
		name string
		opts engineio.Options
		open func(*session)
		only string // the transport, when it isn't both
		told bool   // the receiver was made, so it is told
	}{
		{name: "AllowRequest", opts: engineio.Options{AllowRequest: func(*http.Request) error { bad(); return nil }}},
		{name: "ConnContext", opts: engineio.Options{ConnContext: func(context.Context, *http.Request) context.Context { bad(); return nil }}},
		{name: "ConnContext gives nil", opts: engineio.Options{ConnContext: func(context.Context, *http.Request) context.Context { return nil }}},
		{name: "InitialHeaders", opts: engineio.Options{InitialHeaders: func(http.Header, *http.Request) { bad() }}},
		{name: "Headers on polling", opts: engineio.Options{Headers: func(http.Header, *http.Request) { bad() }}, only: engineio.Polling, told: true},
		{name: "Headers on WebSocket", opts: engineio.Options{Headers: func(http.Header, *http.Request) { bad() }}, only: engineio.WebSocket},
		{name: "GenerateID", opts: engineio.Options{GenerateID: func(*http.Request) (string, error) { bad(); return "", nil }}},
		{name: "Middleware", opts: engineio.Options{Middleware: []func(http.Handler) http.Handler{
			func(http.Handler) http.Handler {
				return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { bad() })
			},
		}}},
		{name: "AllowOrigin", opts: engineio.Options{CORS: &engineio.CORS{AllowOrigin: func(string, *http.Request) bool { bad(); return false }}}},
		{name: "open", open: func(*session) { bad() }},
	}
	for _, test := range tests {
		for _, transport := range []string{engineio.Polling, engineio.WebSocket} {
			if test.only != "" && test.only != transport {
				continue
			}
			t.Run(test.name+" "+transport, func(t *testing.T) {
				var (
					log     diary
					mu      sync.Mutex
					refused []*engineio.ConnectionError
				)
				opts := test.opts
				opts.MaxPending = 3
				opts.Logger = log.logger()
				opts.OnConnectionError = func(e *engineio.ConnectionError) {
					mu.Lock()
					refused = append(refused, e)
					mu.Unlock()
					panic("and this one too")
				}
				r := newRig(t, opts, func(s *session) {
					if test.open != nil {
						test.open(s)
					}
				})
				for range 6 {
					if transport == engineio.WebSocket {
						w := r.upgrade("EIO=4&transport=websocket", "", "Origin", "http://a.test")
						if test.open != nil {
							w.closing() // it has been told 101 already
						} else if w.res.StatusCode != http.StatusInternalServerError {
							t.Fatalf("answer %s", w.res.Status)
						}
					} else if a := r.do("GET", "EIO=4&transport=polling", "", "Origin", "http://a.test"); a.status != http.StatusInternalServerError {
						t.Fatalf("answer %d %q", a.status, a.body)
					}
					if test.told {
						r.session().end(engineio.ReasonTransportError)
					}
				}
				r.none()
				if n := r.Pending(); n != 0 {
					t.Errorf("%d are pending", n)
				}
				eventually(t, "all are told", func() bool {
					mu.Lock()
					defer mu.Unlock()
					return len(refused) >= 6
				})
				mu.Lock()
				defer mu.Unlock()
				if len(refused) != 6 {
					t.Fatalf("OnConnectionError was told %d times", len(refused))
				}
				if e := refused[0]; e.Err == nil || e.Request == nil {
					t.Errorf("OnConnectionError was told %v", e)
				} else if test.name != "ConnContext gives nil" && !strings.Contains(e.Error(), "broken by the application") {
					t.Errorf("OnConnectionError was told %v", e)
				}
				if !strings.Contains(log.String(), "level=ERROR") || !strings.Contains(log.String(), "opening_test.go") {
					t.Errorf("the log says %s", log.String())
				}
			})
		}
	}
}

// A session that lives has the same functions called for each of its requests.
func TestPanicInHeadersOfALivingSessionEndsIt(t *testing.T) {
	broken := func(name string) (engineio.Options, *diary) {
		log := new(diary)
		return engineio.Options{Logger: log.logger(), Headers: func(_ http.Header, r *http.Request) {
			if r.Header.Get("Broken") == name {
				panic("broken by the application")
			}
		}}, log
	}
	t.Run("poll", func(t *testing.T) {
		opts, log := broken("yes")
		r := newRig(t, opts)
		p, s := r.poll()
		s.send("a")
		if a := r.do("GET", p.query, "", "Broken", "yes"); a.status != 500 {
			t.Errorf("answer %d %q", a.status, a.body)
		}
		if err := s.end(engineio.ReasonTransportError); err == nil {
			t.Error("no error")
		}
		p.gone()
		if !strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("the log says %q", log.String())
		}
	})
	t.Run("POST", func(t *testing.T) {
		opts, _ := broken("yes")
		r := newRig(t, opts)
		p, s := r.poll()
		get := p.getting(s)
		if a := r.do("POST", p.query, "4a", "Broken", "yes"); a.status != 500 {
			t.Errorf("answer %d %q", a.status, a.body)
		}
		s.got("a")
		if err := s.end(engineio.ReasonTransportError); err == nil {
			t.Error("no error")
		}
		(<-get).is(t, 200, "1")
		p.gone()
	})
	t.Run("a body that panics", func(t *testing.T) {
		r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					r.Body = brokenBody{r.Body}
				}
				next.ServeHTTP(w, r)
			})
		}}})
		p, s := r.poll()
		get := p.getting(s)
		if a := p.post("4a"); a.status != 500 {
			t.Errorf("answer %d %q", a.status, a.body)
		}
		s.end(engineio.ReasonTransportError)
		(<-get).is(t, 200, "1")
		if s.Posting() {
			t.Error("a request is left")
		}
	})
	t.Run("upgrade", func(t *testing.T) {
		opts, _ := broken("yes")
		r := newRig(t, opts)
		p, s := r.poll()
		w := r.upgrade(strings.Replace(p.query, "polling", "websocket", 1), "", "Broken", "yes")
		if w.res.StatusCode != 500 {
			t.Errorf("answer %s", w.res.Status)
		}
		w = p.upgraded()
		s.send("a")
		w.expect("4a")
		s.alive()
	})
}

type brokenBody struct{ io.ReadCloser }

func (brokenBody) Read([]byte) (int, error) { panic("broken by the application") }

// What net/http uses to end a request silently stays that.
func TestAbortedHandshakeIsNotReported(t *testing.T) {
	var log diary
	r := newRig(t, engineio.Options{Logger: log.logger(), InitialHeaders: func(http.Header, *http.Request) { panic(http.ErrAbortHandler) }})
	if a := r.do("GET", "EIO=4&transport=polling", ""); a.status != 0 {
		t.Errorf("answer %d %q", a.status, a.body)
	}
	r.none()
	if n := r.Pending(); n != 0 {
		t.Errorf("%d are pending", n)
	}
	if log.String() != "" {
		t.Errorf("the log says %s", log.String())
	}
}

// As t.FailNow does in a test of the application.
func TestHookThatEndsItsGoroutineLeavesNothing(t *testing.T) {
	end := func() { runtime.Goexit() }
	hooks := map[string]func(*engineio.Options){
		"the function that opens sessions": func(*engineio.Options) {},
		"AllowRequest":                     func(o *engineio.Options) { o.AllowRequest = func(*http.Request) error { end(); return nil } },
		"ClientAddress":                    func(o *engineio.Options) { o.ClientAddress = func(*http.Request) string { end(); return "" } },
		"GenerateID": func(o *engineio.Options) {
			o.GenerateID = func(*http.Request) (string, error) { end(); return "", nil }
		},
		"InitialHeaders": func(o *engineio.Options) { o.InitialHeaders = func(http.Header, *http.Request) { end() } },
		"ConnContext": func(o *engineio.Options) {
			o.ConnContext = func(context.Context, *http.Request) context.Context { end(); return nil }
		},
	}
	for name, set := range hooks {
		for _, transport := range []string{engineio.Polling, engineio.WebSocket} {
			var opts engineio.Options
			set(&opts)
			engine := engineio.New(opts, func(*engineio.Socket) engineio.Receiver { end(); return nil })
			web := httptest.NewServer(engine)
			conn, err := net.Dial("tcp", web.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			conn.SetDeadline(time.Now().Add(30 * time.Second))
			header := ""
			if transport == engineio.WebSocket {
				header = upgradeHeader
			}
			io.WriteString(conn, "GET /engine.io/?EIO=4&transport="+transport+" HTTP/1.1\r\nHost: engine.test\r\n"+header+"\r\n")
			if answer, err := io.ReadAll(conn); err != nil {
				t.Errorf("%s, %s: the connection goes on: %v, %q", name, transport, err, answer)
			}
			if engine.Count() != 0 || engine.Pending() != 0 {
				t.Errorf("%s, %s: %d sessions, %d pending", name, transport, engine.Count(), engine.Pending())
			}
			conn.Close()
			engine.Close()
			web.Close()
		}
	}
}

// What has been answered stays answered, and a WebSocket that has begun goes on.
func TestPanicBehindTheAnswerHarmsNothing(t *testing.T) {
	var log diary
	r := newRig(t, engineio.Options{Logger: log.logger(), Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			next.ServeHTTP(w, r)
			panic("broken by the application")
		})
	}}})
	p, s := r.poll()
	p.posts("4a")
	s.got("a")
	s.send("b")
	p.get().is(t, 200, "4b")
	w := p.upgraded()
	s.send("c")
	w.expect("4c")
	w, s = r.websocket()
	s.send("d")
	w.expect("4d")
	s.alive()
	eventually(t, "all are reported", func() bool { return strings.Count(log.String(), "level=ERROR") == 5 })
}

// unhijackable fails to hand over the connection.
type unhijackable struct{ http.ResponseWriter }

func (unhijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errors.New("no") }

func TestFailedHijackLeavesNothing(t *testing.T) {
	r := newRig(t, engineio.Options{MaxPending: 2, Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(unhijackable{w}, r) })
	}}})
	for range 4 {
		conn, err := r.dial()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(conn, "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: engine.test\r\n"+upgradeHeader+"\r\n")
		io.ReadAll(conn) // until it is cut: the answer was on its way
		conn.Close()
	}
	r.none()
	eventually(t, "nothing is pending", func() bool { return r.Pending() == 0 })
}

// A client that goes away while it is being admitted.
func TestClientGoneInAHandshakeLeavesNothing(t *testing.T) {
	for _, transport := range []string{engineio.Polling, engineio.WebSocket} {
		t.Run(transport, func(t *testing.T) {
			waiting, gone := make(chan bool), make(chan bool)
			r := newRig(t, engineio.Options{InitialHeaders: func(http.Header, *http.Request) { waiting <- true; <-gone }})
			conn, err := r.dial()
			if err != nil {
				t.Fatal(err)
			}
			header := ""
			if transport == engineio.WebSocket {
				header = upgradeHeader
			}
			conn.Write([]byte("GET " + r.Path() + "?EIO=4&transport=" + transport + " HTTP/1.1\r\nHost: engine.test\r\n" + header + "\r\n"))
			<-waiting
			conn.(interface{ SetLinger(int) error }).SetLinger(0)
			conn.Close()
			gone <- true
			eventually(t, "nothing is pending", func() bool { return r.Pending() == 0 || transport == engineio.Polling })
		})
	}
}
