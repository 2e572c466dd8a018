package engineio

import (
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/layer"
	"github.com/madang-chat/madang/internal/ws"
)

// restTimeout is how long the rest of a body may take that nobody wants: an honest client, who
// still sends it, reads the answer meanwhile, which a reset would destroy.
const restTimeout = 2 * time.Second

// bounded gives an end to what a client may leave unfinished, the sending of a body and the reading
// of an answer, whatever the times of the http.Server are.
func (s *Server) bounded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := deadlines(w)
		body := r.ContentLength != 0
		if body {
			s.expectBody(control, w, r)
		}
		next.ServeHTTP(w, r)
		// Small answers leave behind this. The deadline of the http.Server may have passed.
		if !ws.IsUpgrade(r) { // else the connection may be a WebSocket
			control.SetWriteDeadline(time.Now().Add(s.opts.WriteTimeout))
		}
		if body && first(w.Header(), "Connection") == "close" {
			s.leaveBody(control, w, r)
		}
	})
}

// closes is how bounded's own header is told from the application's.
var closes = []string{"close"}

// A deadliner is a ResponseWriter that net/http made, or what gets through to it.
type deadliner interface {
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
}

// deadlines is http.NewResponseController, which gets through wrappers without Unwrap too, if it
// can be told what they wrap.
func deadlines(w http.ResponseWriter) deadliner {
	if d, ok := w.(deadliner); ok {
		return d
	}
	inner := w
	for inner = range layer.Unwrapped(w) {
		if _, ok := inner.(interface{ SetReadDeadline(time.Time) error }); ok {
			return http.NewResponseController(w)
		}
	}
	if server := layer.Server(inner); server != nil {
		w = server
	}
	return http.NewResponseController(w)
}

// expectBody lets the answer not wait for the body: net/http would read the rest of it before it
// sends anything. Who has read all of it calls keepOpen.
func (s *Server) expectBody(control deadliner, w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && first(w.Header(), "Connection") == "" {
		w.Header()["Connection"] = closes
	}
	err := control.SetReadDeadline(time.Now().Add(s.opts.BodyTimeout))
	// Other HTTP servers than that of net/http have limits of their own.
	if errors.Is(err, http.ErrNotSupported) && r.Context().Value(http.ServerContextKey) != nil {
		s.adviseSlowBodies(w)
	}
}

// keepOpen takes back what expectBody did, when the body has been read. A middleware's own header,
// in which that isn't seen, is copied over it later.
func keepOpen(w http.ResponseWriter, r *http.Request) {
	switch v := w.Header()["Connection"]; {
	case len(v) == 1 && &v[0] == &closes[0]:
		delete(w.Header(), "Connection")
	case len(v) == 0 && r.ContentLength != 0 && r.ProtoMajor == 1 && r.ProtoMinor > 0:
		w.Header().Set("Connection", "keep-alive")
	}
}

// hangUp ends the connection with the answer. HTTP/2 has no such header, and the other requests of
// the connection.
func hangUp(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 {
		w.Header().Set("Connection", "close")
	}
}

// leaveBody bounds what net/http still reads of a body behind the answer.
func (s *Server) leaveBody(control deadliner, w http.ResponseWriter, r *http.Request) {
	// Behind a body that was too large net/http waits a moment before it closes the connection: who
	// is still sending can read the answer, which a reset would destroy. This tells it of one.
	http.MaxBytesReader(w, io.NopCloser(strings.NewReader("x")), 0).Read(make([]byte, 1))
	if !errors.Is(control.SetReadDeadline(time.Now().Add(restTimeout)), http.ErrNotSupported) {
		return
	}
	// Behind such a wrapper the connection itself may be had. The answer has to be whole then,
	// because net/http doesn't end it any more.
	below := http.NewResponseController(w)
	if w.Header().Get("Content-Length") == "" || below.Flush() != nil {
		return
	}
	if conn, _, err := below.Hijack(); err == nil {
		linger(conn)
	}
}

// linger closes a connection whose client may still be sending.
func linger(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(restTimeout))
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		half.CloseWrite()
		io.CopyN(io.Discard, conn, 256<<10) // as much as net/http reads
	}
}
