package engineio_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A road is a server behind a middleware, with what net/http logs.
type road struct {
	*rig
	errors *lockedBuffer
	log    *lockedBuffer // of the engine
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// newRoad puts a middleware in front of a whole server.
func newRoad(t *testing.T, secure bool, opts engineio.Options, middleware func(http.Handler) http.Handler, configure ...func(*http.Server)) *road {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	dial := func() (net.Conn, error) { return net.Dial("tcp", address) }
	return pave(t, listener, dial, secure, opts, middleware, configure...)
}

// newRoadInside is newRoad for a synctest bubble.
func newRoadInside(t *testing.T, opts engineio.Options, middleware func(http.Handler) http.Handler, configure ...func(*http.Server)) *road {
	t.Helper()
	t.Cleanup(func() { time.Sleep(time.Minute) }) // timers end
	listener := newPipeListener()
	r := pave(t, listener, listener.dial, false, opts, middleware, configure...)
	r.patience = 24 * time.Hour
	return r
}

func pave(t *testing.T, listener net.Listener, dial func() (net.Conn, error), secure bool,
	opts engineio.Options, middleware func(http.Handler) http.Handler, configure ...func(*http.Server)) *road {
	r := &road{errors: &lockedBuffer{}, log: &lockedBuffer{}}
	opts.Logger = slog.New(slog.NewTextHandler(r.log, nil))
	handler := http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		middleware(r.Server).ServeHTTP(w, req)
	})
	web := &httptest.Server{Listener: listener, Config: &http.Server{Handler: handler, ErrorLog: log.New(r.errors, "", 0)}}
	for _, f := range configure {
		f(web.Config)
	}
	r.rig = &rig{t: t, patience: 30 * time.Second, opened: make(chan *session, 256), dial: dial}
	r.rig.Server = engineio.New(opts, r.rig.open)
	if secure {
		web.StartTLS()
		r.dial = func() (net.Conn, error) {
			conn, err := dial()
			if err != nil {
				return nil, err
			}
			return tls.Client(conn, &tls.Config{InsecureSkipVerify: true}), nil
		}
	} else {
		web.Start()
	}
	transport := &http.Transport{
		DialContext:        func(context.Context, string, string) (net.Conn, error) { return r.dial() },
		DisableCompression: true,
	}
	r.client = &http.Client{Transport: transport}
	t.Cleanup(func() {
		r.Server.Close()
		r.check()
		transport.CloseIdleConnections()
		web.Close()
	})
	return r
}

// through makes a middleware of a writer; end runs behind the handler.
func through(wrap func(w http.ResponseWriter, r *http.Request) (wrapped http.ResponseWriter, end func())) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			wrapped, end := wrap(w, r)
			defer end()
			next.ServeHTTP(wrapped, r)
		})
	}
}

// works takes a WebSocket and an upgrade along the road and returns the headers of both answers.
func (r *road) works(header ...string) []http.Header {
	r.t.Helper()
	w := r.upgrade("EIO=4&transport=websocket", "", header...)
	w.accepted()
	w.open()
	s := r.session()
	w.text("4direct")
	s.got("direct")
	s.send("back")
	w.expect("4back")

	p, s := r.poll()
	probe := r.upgrade(strings.Replace(p.query, "transport=polling", "transport=websocket", 1), string(mask(textFrame, "2probe")), header...)
	probe.accepted()
	probe.expect("3probe")
	probe.text("5", "4upgraded")
	s.got("upgraded")
	s.send("again")
	probe.expect("4again")
	return []http.Header{w.res.Header, probe.res.Header}
}
