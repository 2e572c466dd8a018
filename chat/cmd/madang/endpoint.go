package main

import (
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

const (
	headerTimeout = 10 * time.Second
	// idleTimeout is how long a browser may keep a connection that it has no use for: each counts
	// against its address, which many people may share, and one more costs little.
	idleTimeout = 30 * time.Second
	// proxyIdleTimeout is that of connections behind a proxy. They don't count, and a proxy must
	// not find one closed that it is about to use: it keeps them for a minute or so itself.
	proxyIdleTimeout = 2 * time.Minute
	// writeTimeout is for what the server says of requests that it can't read. Pages and sockets
	// have deadlines of their own.
	writeTimeout = 30 * time.Second
	// headerMost is what the head of a request may take. A line of seven bytes costs twenty times
	// that in memory, and a request may be held for long. A browser sends what it keeps of rooms
	// with a password, 120 bytes each for half a day: there is room for a hundred of them.
	headerMost = 16 << 10
)

// endpoint is an address with what answers there. The zero value is none.
type endpoint struct {
	listener net.Listener
	server   *http.Server
}

// address is what was asked for, with the port that it got.
func (e endpoint) address() string {
	if e.listener == nil {
		return off
	}
	return e.listener.Addr().String()
}

// close ends both at once, as far as there are any.
func (e endpoint) close() {
	if e.server != nil {
		e.server.Close()
	}
	if e.listener != nil {
		e.listener.Close() // the server knows of it only when it has served
	}
}

// newServer bounds what a server takes, whoever asks it.
func (m *Main) newServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       m.idleTimeout(),
		WriteTimeout:      writeTimeout,
		MaxHeaderBytes:    headerMost,
		// Its answer would be the only one to a whole request that the site doesn't give.
		DisableGeneralOptionsHandler: true,
		ErrorLog:                     serverLog(m.Log),
	}
}

func (m *Main) idleTimeout() time.Duration {
	if len(m.Proxies) > 0 {
		return proxyIdleTimeout
	}
	return idleTimeout
}

// guard is the listener of an endpoint with what stands before the first byte of a request.
func (m *Main) guard(e endpoint, proxies clientip.Trusted) net.Listener {
	return guarded(e.listener, m.house.Limits(), proxies, m.Log, m.counted.Refused)
}

// serverLog takes the lines of net/http, which tell of scanners more than of us. No line has a
// whole address.
func serverLog(to *slog.Logger) *log.Logger {
	return log.New(&shortened{to}, "", 0)
}

type shortened struct{ to *slog.Logger }

func (s *shortened) Write(line []byte) (int, error) {
	s.to.Debug(clientip.Hide(strings.TrimSuffix(string(line), "\n")))
	return len(line), nil
}
