package engineio_test

import (
	"bufio"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestBodyHasADeadline(t *testing.T) {
	for _, header := range []string{"Content-Length: 200000\r\n", "Transfer-Encoding: chunked\r\n"} {
		for _, timeout := range []time.Duration{0, 5 * time.Second} {
			bubble(t, engineio.Options{BodyTimeout: timeout}, func(t *testing.T, r *rig) {
				p, s := r.poll()
				drip := "4"
				if strings.HasPrefix(header, "T") {
					drip = "1\r\n4\r\n"
				}
				after := timeout
				if after == 0 {
					after = engineio.DefaultBodyTimeout
				}
				r.dawdle(p.head(header), drip).answered(408, after)
				s.end(engineio.ReasonTransportError)
			})
		}
	}
}

func TestBodyHasADeadlineBehindAWrapper(t *testing.T) {
	bubble(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{muted}}, func(t *testing.T, r *rig) {
		p, s := r.poll()
		d := r.dawdle(p.head("Content-Length: 200000\r\n"), "4")
		eventually(t, "the body is read", s.Posting)
		time.Sleep(5 * time.Second)
		s.Discard() // doesn't wait for it
		d.answered(400, 5*time.Second)
	})
	// A wrapper in the place of the server's own writer.
	r := newRoad(t, false, engineio.Options{BodyTimeout: 100 * time.Millisecond}, muted)
	p, s := r.poll()
	conn, err := r.dial()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, p.head("Content-Length: 200000\r\n")+"4")
	conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || res.StatusCode != 408 {
		t.Fatal(res, err)
	}
	s.end(engineio.ReasonTransportError)
}

func TestBodyWithoutADeadline(t *testing.T) {
	bubble(t, engineio.Options{BodyTimeout: -1, PingInterval: time.Hour}, func(t *testing.T, r *rig) {
		p, s := r.poll()
		conn, _ := r.dial()
		defer conn.Close()
		io.WriteString(conn, p.head("Content-Length: 20\r\n"))
		for range 20 {
			time.Sleep(20 * time.Second)
			io.WriteString(conn, "4")
		}
		s.got(strings.Repeat("4", 19))
	})
}

// A megabyte at 40 KB a second, as from a telephone in the country, on a connection that is used
// again afterwards.
func TestSlowBodyArrives(t *testing.T) {
	bubble(t, engineio.Options{PingInterval: time.Minute}, func(t *testing.T, r *rig) {
		p, s := r.poll()
		conn, err := r.dial()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		for range 2 {
			io.WriteString(conn, p.head("Content-Length: 1000000\r\n")+"4"+strings.Repeat("x", 39_999))
			for range 24 {
				time.Sleep(time.Second)
				io.WriteString(conn, strings.Repeat("x", 40_000))
			}
			s.got(strings.Repeat("x", 999_999))
			res, err := http.ReadResponse(in, nil)
			if err != nil || res.StatusCode != 200 || res.Close {
				t.Fatal(res, err)
			}
			io.Copy(io.Discard, res.Body)
		}
	})
}

// ownHeader is of middleware that collects an answer's headers and copies them when it begins.
type ownHeader struct {
	http.ResponseWriter
	own http.Header
}

func (w *ownHeader) Header() http.Header         { return w.own }
func (w *ownHeader) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *ownHeader) WriteHeader(status int) {
	maps.Copy(w.ResponseWriter.Header(), w.own)
	w.ResponseWriter.WriteHeader(status)
}

func (w *ownHeader) Write(p []byte) (int, error) {
	maps.Copy(w.ResponseWriter.Header(), w.own)
	return w.ResponseWriter.Write(p)
}

// Clients that use a connection again find it open, whichever middleware lies between.
func TestConnectionIsUsedAgain(t *testing.T) {
	middlewares := map[string]func(http.Handler) http.Handler{
		"none": func(next http.Handler) http.Handler { return next },
		"one that hides all": through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) {
			return mute{w}, func() {}
		}),
		"one with headers of its own": through(func(w http.ResponseWriter, _ *http.Request) (http.ResponseWriter, func()) {
			return &ownHeader{w, http.Header{}}, func() {}
		}),
		"http.TimeoutHandler": func(next http.Handler) http.Handler { return http.TimeoutHandler(next, time.Minute, "") },
	}
	for name, middleware := range middlewares {
		for _, inside := range []bool{false, true} {
			r := &road{}
			if inside {
				r = newRoad(t, false, engineio.Options{Middleware: []func(http.Handler) http.Handler{middleware}}, middlewares["none"])
			} else {
				r = newRoad(t, false, engineio.Options{}, middleware)
			}
			var dials atomic.Int32
			dial := r.dial
			r.dial = func() (net.Conn, error) { dials.Add(1); return dial() }
			p, s := r.poll()
			for range 5 {
				p.posts("4x")
				s.got("x")
				s.send("y")
				p.gets("4y")
			}
			if n := dials.Load(); n != 1 {
				t.Errorf("%s, inside %v: %d connections", name, inside, n)
			}
		}
	}
}

// A meddler uses the session where a deadline is set that has passed, and panics then.
type meddler struct {
	http.ResponseWriter
	meddle func()
}

func (m meddler) Unwrap() http.ResponseWriter { return m.ResponseWriter }

func (m meddler) SetReadDeadline(t time.Time) error {
	if t.Equal(time.Unix(1, 0)) {
		m.meddle()
		panic("broken by the application")
	}
	return http.NewResponseController(m.ResponseWriter).SetReadDeadline(t)
}

// The end of a session interrupts the reading of a body, through the writer of a middleware.
func TestWriterMayUseTheSessionThatEnds(t *testing.T) {
	for name, end := range map[string]func(*engineio.Socket){
		"Discard": (*engineio.Socket).Discard,
		"Close":   func(s *engineio.Socket) { s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			var log diary
			var opened atomic.Pointer[engineio.Socket]
			opts := engineio.Options{Logger: log.logger(), Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					next.ServeHTTP(meddler{w, func() { opened.Load().BufferedBytes() }}, r)
				})
			}}}
			bubble(t, opts, func(t *testing.T, r *rig) {
				p, s := r.poll()
				opened.Store(s.Socket)
				d := r.dawdle(p.head("Content-Length: 1000\r\n"), "x")
				eventually(t, "the body is read", s.Posting)
				end(s.Socket)
				log.says(t, "ResponseWriter.SetReadDeadline panicked")
				d.answer(400, engineio.DefaultBodyTimeout)
				s.end(engineio.ReasonForcedClose)
			})
		})
	}
}
