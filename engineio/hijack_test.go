package engineio_test

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestUpgradeBehindWrappers(t *testing.T) {
	for name, wrap := range wrappers {
		for _, holds := range []string{"no", "yes", "gzip"} {
			for _, secure := range []bool{false, true} {
				test := name + ", holds " + holds
				if secure {
					test += ", TLS"
				}
				t.Run(test, func(t *testing.T) {
					t.Parallel()
					r := newRoad(t, secure, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
						w.Header().Set("Before", "1")
						h := &holder{ResponseWriter: w, hook: func(h http.Header) { h.Add("Hook", "1") }}
						h.holds = holds == "yes" || holds == "gzip" && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip")
						return wrap(h), func() { h.finish() }
					}))
					for _, h := range r.works("Accept-Encoding", "gzip, deflate, br") {
						if h.Get("Before") != "1" || !slices.Equal(h.Values("Hook"), []string{"1"}) || h.Get("Date") == "" || h.Get("Content-Encoding") != "" {
							t.Errorf("%v", h)
						}
					}
					late := name == "Unwrap" && holds != "no" // it doesn't hear of Hijack
					if s := r.errors.String(); s != "" && !late {
						t.Errorf("net/http logs %s", s)
					}
				})
			}
		}
	}
}

// A wrapper that writes what it held without a look at Hijack costs one line of net/http and
// nothing else.
func TestUpgradeBehindAWrapperThatWritesLate(t *testing.T) {
	for _, wrap := range []string{"Unwrap", "Hijack"} {
		r := newRoad(t, false, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
			h := &holder{ResponseWriter: w, holds: true, careless: true}
			return wrappers[wrap](h), h.finish
		}))
		r.works()
		if lines := strings.Count(r.errors.String(), "\n"); lines > 2 {
			t.Errorf("%s: net/http logs %s", wrap, r.errors)
		}
	}
}

// The hooks above and below the wrapper that holds the status run, and each once.
func TestHooksAroundAWrapperThatHolds(t *testing.T) {
	hooked := func(name string, wrap func(*holder) http.ResponseWriter, holds bool) func(http.Handler) http.Handler {
		return through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
			h := &holder{ResponseWriter: w, holds: holds, hook: func(h http.Header) { h.Add(name, "1") }}
			return wrap(h), h.finish
		})
	}
	for name, wrap := range wrappers {
		if name == "closures" || name == "unexported field" {
			continue // the writers below can't be called
		}
		t.Run(name, func(t *testing.T) {
			r := newRoad(t, false, engineio.Options{}, func(next http.Handler) http.Handler {
				next = hooked("Above", wrappers["Hijack"], false)(next)
				next = hooked("Holder", wrap, true)(next)
				next = hooked("Between", wrappers["Unwrap"], false)(next)
				next = hooked("Second", wrappers["WriteHeaderNow"], true)(next)
				return hooked("Below", wrappers["Unwrap"], false)(next)
			})
			for _, h := range r.works() {
				for _, name := range []string{"Above", "Holder", "Between", "Second", "Below"} {
					if !slices.Equal(h.Values(name), []string{"1"}) {
						t.Errorf("%s: %q", name, h.Values(name))
					}
				}
			}
		})
	}
}

// ticking counts from other goroutines what has nothing to do with the status, as a watchdog does.
// The race detector finds who reads that.
type ticking struct {
	*holder
	mu     sync.Mutex
	passed int
	ticks  int64
}

func (w *ticking) tick() {
	atomic.AddInt64(&w.ticks, 1)
	w.mu.Lock()
	w.passed++
	w.mu.Unlock()
}

func (w *ticking) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// counting holds no status and counts without a lock.
type counting struct {
	http.ResponseWriter
	ticks int64
}

func (w *counting) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestUpgradeReadsNothingThatOthersCount(t *testing.T) {
	r := newRoad(t, false, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
		below := &counting{ResponseWriter: w}
		above := &ticking{holder: &holder{ResponseWriter: below, holds: true}}
		var busy sync.WaitGroup
		end := make(chan bool)
		busy.Go(func() {
			for {
				select {
				case <-end:
					return
				default:
					atomic.AddInt64(&below.ticks, 1)
					above.tick()
					runtime.Gosched()
				}
			}
		})
		return above, func() {
			close(end)
			busy.Wait()
			above.finish()
		}
	}))
	r.works()
}

// Wrappers have headers of their own, and connections.
func TestUpgradeBehindRareWrappers(t *testing.T) {
	t.Run("headers of its own", func(t *testing.T) {
		for _, hidden := range []bool{false, true} {
			r := newRoad(t, false, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
				w.Header().Set("Below", "1")
				if r.Header.Get("Upgrade") == "" {
					return w, func() {}
				}
				b := &bareMap{w, http.Header{"Own": {"1", "bad\r\nInjected: 1"}}}
				if hidden {
					return closures{b.Header, b.Write, b.WriteHeader, b.Hijack}, func() {}
				}
				return b, func() {}
			}))
			for _, h := range r.works() {
				if h.Get("Below") != "1" || len(h.Values("Own")) != 2 || h.Get("Injected") != "" || h.Get("Date") == "" {
					t.Errorf("hidden %v: %v", hidden, h)
				}
			}
		}
	})
	t.Run("a connection of its own", func(t *testing.T) {
		for _, holds := range []bool{false, true} {
			r := newRoad(t, true, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
				h := &holder{ResponseWriter: w, holds: holds}
				return &ownBuffer{hijacking{h}}, h.finish
			}))
			r.works()
		}
	})
	t.Run("headers of a body", func(t *testing.T) {
		r := newRoad(t, false, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
			if r.Header.Get("Upgrade") != "" {
				w.Header().Set("Content-Encoding", "gzip")
				w.Header().Set("Content-Length", "7")
				w.Header().Set("Transfer-Encoding", "chunked")
			}
			return w, func() {}
		}))
		for _, h := range r.works() {
			if h.Get("Content-Encoding")+h.Get("Content-Length")+h.Get("Transfer-Encoding") != "" {
				t.Errorf("%v", h)
			}
		}
	})
	t.Run("large headers", func(t *testing.T) {
		large := strings.Repeat("x", 6000)
		for _, holds := range []bool{false, true} {
			r := newRoad(t, false, engineio.Options{}, through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) {
				w.Header().Set("Z-Large", large)
				h := &holder{ResponseWriter: w, holds: holds}
				return wrappers["closures"](h), h.finish
			}))
			for _, h := range r.works() {
				if h.Get("Z-Large") != large {
					t.Errorf("%d bytes", len(h.Get("Z-Large")))
				}
			}
		}
	})
}

// foreign is the writer of an HTTP server that isn't net/http.
type foreign struct {
	conn   net.Conn
	in     *bufio.Reader
	header http.Header
	status int
	taken  bool
	bare   bool // Hijack returns no buffers
}

func (w *foreign) Header() http.Header { return w.header }

func (w *foreign) WriteHeader(status int) { w.status = status }

func (w *foreign) Write([]byte) (int, error) { return 0, http.ErrBodyNotAllowed }

func (w *foreign) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.taken = true
	if w.bare {
		return w.conn, nil, nil
	}
	return w.conn, bufio.NewReadWriter(w.in, bufio.NewWriter(w.conn)), nil
}

// The HTTP server may be another than net/http's, which then sends no 101 by itself.
func TestUpgradeInAnotherHTTPServer(t *testing.T) {
	for _, bare := range []bool{false, true} {
		r := newRig(t, engineio.Options{})
		r.dial = func() (net.Conn, error) {
			client, server := net.Pipe()
			go func() {
				in := bufio.NewReader(server)
				request, err := http.ReadRequest(in)
				if err != nil {
					t.Error(err)
					return
				}
				request.RemoteAddr = "192.0.2.1:5"
				w := &foreign{conn: server, in: in, header: http.Header{"Own": {"1"}}, bare: bare}
				if r.ServeHTTP(w, request); !w.taken {
					server.Close()
				}
			}()
			return client, nil
		}
		w, s := r.websocket()
		if h := w.res.Header; h.Get("Own") != "1" || h.Get("Date") == "" {
			t.Errorf("%v", h)
		}
		w.text("4there")
		s.got("there")
		s.send("back")
		w.expect("4back")
	}
}

// A connection that can't be taken over after all ends: a client with a 101 would wait for ever.
func TestUpgradeWhoseHijackFails(t *testing.T) {
	for name, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"error": func(w http.ResponseWriter) http.ResponseWriter { return &failingHijack{w} },
		"error, no Unwrap": func(w http.ResponseWriter) http.ResponseWriter {
			f := &failingHijack{w}
			return closures{w.Header, w.Write, w.WriteHeader, f.Hijack}
		},
		"error, held": func(w http.ResponseWriter) http.ResponseWriter {
			return &failingHijack{wrappers["WriteHeaderNow"](&holder{ResponseWriter: w, holds: true})}
		},
		"panic": func(w http.ResponseWriter) http.ResponseWriter {
			m := &wrongHijack{mute{w}}
			return closures{w.Header, w.Write, w.WriteHeader, m.Hijack}
		},
	} {
		t.Run(name, func(t *testing.T) {
			refused := make(chan *engineio.ConnectionError, 1)
			r := newRoad(t, false, engineio.Options{OnConnectionError: func(e *engineio.ConnectionError) { refused <- e }},
				through(func(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, func()) { return wrap(w), func() {} }))
			conn, err := r.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(r.patience))
			conn.Write([]byte("GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: a\r\n" + upgradeHeader + "\r\n"))
			var got bytes.Buffer
			if _, err := got.ReadFrom(conn); err != nil {
				if e, ok := err.(net.Error); ok && e.Timeout() {
					t.Fatalf("the connection stays open after %q", &got)
				}
			}
			if strings.Contains(got.String(), " 101 ") {
				t.Errorf("answered %q", &got)
			}
			if e := receive(t, r.patience, "refusal", refused); e.Name != "TRANSPORT_HANDSHAKE_ERROR" || e.Err == nil {
				t.Errorf("told %v", e)
			}
			if log := r.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "writer=") {
				t.Errorf("log: %s", log)
			}
			if r.Pending() != 0 {
				t.Errorf("%d handshakes are pending", r.Pending())
			}
			r.none()
		})
	}
}

// What can be seen beforehand is refused with an answer, and the log names the writer in the way.
func TestUpgradeThatCannotBe(t *testing.T) {
	for name, test := range map[string]struct {
		middleware func(http.Handler) http.Handler
		writer     string
	}{
		"http.TimeoutHandler": {func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "late") }, "*http.timeoutWriter"},
		"a wrapper around it": {func(next http.Handler) http.Handler {
			next = through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) {
				return &wrongHijack{w}, func() {}
			})(next)
			return http.TimeoutHandler(next, time.Minute, "late")
		}, "*http.timeoutWriter"},
		"a wrapper that hides Hijack": {through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) { return mute{w}, func() {} }), "engineio_test.mute"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoad(t, false, engineio.Options{}, test.middleware)
			for range 3 {
				if w := r.upgrade("EIO=4&transport=websocket", ""); w.res.StatusCode != 400 {
					t.Errorf("status %d", w.res.StatusCode)
				}
			}
			if log := r.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "writer="+test.writer) {
				t.Errorf("log: %s", log)
			}
			r.none()
		})
	}
	t.Run("HTTP/2", func(t *testing.T) {
		r := newRoad(t, false, engineio.Options{}, func(next http.Handler) http.Handler { return next }, func(s *http.Server) {
			s.Protocols = new(http.Protocols)
			s.Protocols.SetHTTP1(true)
			s.Protocols.SetUnencryptedHTTP2(true)
		})
		transport := &http.Transport{Protocols: new(http.Protocols), DialContext: func(context.Context, string, string) (net.Conn, error) { return r.dial() }}
		transport.Protocols.SetUnencryptedHTTP2(true)
		defer transport.CloseIdleConnections()
		r.client = &http.Client{Transport: transport}
		r.do("GET", "EIO=4&transport=websocket", "").refused(t, 400, 3, "Bad request")
		if log := r.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "HTTP/2") {
			t.Errorf("log: %s", log)
		}
	})
	t.Run("a proxy that drops the header", func(t *testing.T) {
		r := newRoad(t, false, engineio.Options{}, func(next http.Handler) http.Handler { return next })
		r.do("GET", "EIO=4&transport=websocket", "").refused(t, 400, 3, "Bad request")
		if log := r.log.String(); log != "" {
			t.Errorf("log: %s", log)
		}
		r.do("GET", "EIO=4&transport=websocket", "", "Sec-WebSocket-Key", "MDEyMzQ1Njc4OWFiY2RlZg==").refused(t, 400, 3, "Bad request")
		if log := r.log.String(); strings.Count(log, "level=WARN") != 1 || !strings.Contains(log, "Upgrade") {
			t.Errorf("log: %s", log)
		}
	})
}

// dropping passes no status below 200 on, and has one of its own for who hijacks.
type dropping struct{ http.ResponseWriter }

func (w dropping) WriteHeader(status int) {
	if status >= 200 {
		w.ResponseWriter.WriteHeader(status)
	}
}

func (w dropping) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.WriteHeader(http.StatusOK)
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// A middleware that answers in the server's place breaks the WebSocket: the developer is told, and
// no session is left of it.
func TestUpgradeThatMiddlewareHasAnswered(t *testing.T) {
	for name, wrap := range map[string]func(http.ResponseWriter) http.ResponseWriter{
		"in Hijack": func(w http.ResponseWriter) http.ResponseWriter { return dropping{w} },
		"before": func(w http.ResponseWriter) http.ResponseWriter {
			w.WriteHeader(http.StatusOK)
			return w
		},
	} {
		refused := make(chan *engineio.ConnectionError, 1)
		opts := engineio.Options{OnConnectionError: func(e *engineio.ConnectionError) { refused <- e }}
		r := newRoad(t, false, opts, through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) { return wrap(w), func() {} }))
		if w := r.upgrade("EIO=4&transport=websocket", ""); w.res.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, w.res.Status)
		}
		if e := receive(t, r.patience, "a refusal", refused); e.Name != "TRANSPORT_HANDSHAKE_ERROR" || !strings.Contains(e.Error(), "status 200") {
			t.Errorf("%s: told %v", name, e)
		}
		if log := r.log.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, "status=200") {
			t.Errorf("%s: logged %s", name, log)
		}
		r.none()
	}
}
