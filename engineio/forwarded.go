package engineio

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
)

// forwardedHeader says on a connection between two servers whose request it is. What a client sends
// in it is left out.
const forwardedHeader = "Madang-Forwarded"

// Values of it begin with one of these.
const (
	forwardedPlain   = "http"
	forwardedSecure  = "https"
	forwardedRelease = "release" // of no client: the poll that waits is to be answered
)

func forwardedValue(r *http.Request) string {
	if r.TLS != nil {
		return forwardedSecure + " " + r.RemoteAddr
	}
	return forwardedPlain + " " + r.RemoteAddr
}

type forwardedKey struct{}

// isForwarded reports whether another server has sent a request here.
func isForwarded(r *http.Request) bool { return r.Context().Value(forwardedKey{}) != nil }

// ServeForwarded serves the request that another server's Options.Elsewhere has sent over c, and
// closes c. It doesn't wait. Whoever can write to c can say which address a request comes from.
func (s *Server) ServeForwarded(c net.Conn) {
	s.forwarded.Serve(&oneConn{conn: c})
}

// forwardedServer reads what other servers send as net/http reads what clients do: whatever stands
// on a connection's and a ResponseWriter's behaviour has it here, too.
func (s *Server) forwardedServer() *http.Server {
	return &http.Server{
		Handler: http.HandlerFunc(s.serveForwarded), ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		ReadHeaderTimeout: s.opts.WriteTimeout, IdleTimeout: s.opts.WriteTimeout,
		MaxHeaderBytes: 1 << 30, // the other server has its own limit
	}
}

func (s *Server) serveForwarded(w http.ResponseWriter, r *http.Request) {
	kind, address, _ := strings.Cut(r.Header.Get(forwardedHeader), " ")
	r.Header.Del(forwardedHeader)
	r = r.WithContext(context.WithValue(r.Context(), forwardedKey{}, true))
	r.RemoteAddr = address
	switch kind {
	case forwardedRelease:
		if socket := s.find(queryOf(r).sid); socket != nil {
			socket.releasePoll()
		}
		w.WriteHeader(http.StatusNoContent)
		return
	case forwardedSecure:
		r.TLS = new(tls.ConnectionState)
	}
	s.ServeHTTP(w, r)
}

// releasePoll answers a poll that waits, with nothing.
func (s *Socket) releasePoll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.get != nil && s.queue.Len() == 0 && s.state.Load() == stateOpen {
		s.pushControl(noopPacket)
	}
}

// A oneConn is a net.Listener that accepts one connection.
type oneConn struct {
	mu   sync.Mutex
	conn net.Conn // guarded by mu; nil: accepted
}

func (l *oneConn) take() net.Conn {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.conn
	l.conn = nil
	return c
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.take(); c != nil {
		return c, nil
	}
	return nil, io.EOF
}

func (l *oneConn) Close() error {
	if c := l.take(); c != nil {
		return c.Close()
	}
	return nil
}

func (l *oneConn) Addr() net.Addr { return forwardedAddr{} }

type forwardedAddr struct{}

func (forwardedAddr) Network() string { return "forwarded" }
func (forwardedAddr) String() string  { return "forwarded" }
