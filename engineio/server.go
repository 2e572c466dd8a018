package engineio

import (
	"hash/maphash"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/outbox"
	"github.com/madang-chat/madang/internal/peer"
	"github.com/madang-chat/madang/internal/poll"
	"github.com/madang-chat/madang/internal/wheel"
	"github.com/madang-chat/madang/internal/ws"
)

// A Server is an http.Handler for all requests below its path. All methods may be called from any
// goroutine.
type Server struct {
	opts    Options
	open    func(*Socket) Receiver
	log     *slog.Logger
	advice  advice.Advice
	handler http.Handler // serve inside the middleware
	others  http.Handler // of other paths
	wheel   *wheel.Wheel
	flusher *outbox.Flusher
	poller  poll.Poller
	start   time.Time
	seed    maphash.Seed // of the marks in session ids
	dropped atomic.Uint64
	pending pendings
	leaving atomic.Bool // no new sessions

	forwarded *http.Server // for requests of sessions here that other servers got
	forwards  forwards
	unknown   tally
	thrift    *thrift // nil without Options.ReleaseMemory

	urls, hosts common // of handshakes

	mu       sync.RWMutex
	sessions map[string]*Socket // guarded by mu
	ending   map[string]*Socket // guarded by mu; have ended, Closed hasn't returned
	closed   bool               // guarded by mu
}

// New makes a server. Open is called once for each session, before anything is received from the
// client; it may already send. What it returns receives the session's messages.
func New(opts Options, open func(*Socket) Receiver) *Server {
	opts = opts.withDefaults()
	// A hundredth of the shorter wait is exact enough, and 100 ms costs nothing.
	tick := min(min(opts.PingInterval, opts.PingTimeout)/100, 100*time.Millisecond)
	s := &Server{
		opts: opts, open: open, log: opts.Logger, start: time.Now(), seed: maphash.MakeSeed(),
		wheel: wheel.New(tick), flusher: outbox.NewFlusher(), sessions: make(map[string]*Socket), ending: make(map[string]*Socket),
	}
	s.pending.max, s.pending.address = opts.MaxPending, peer.NewLimit(opts.MaxPendingPerAddress)
	if opts.ReleaseMemory {
		s.thrift = new(thrift)
	}
	s.forwarded = s.forwardedServer()
	s.handler = s.bounded(s.elsewhere(s.wrap(http.HandlerFunc(s.serve))))
	s.others = s.bounded(http.NotFoundHandler())
	return s
}

// Path is what the URLs of all requests begin with, such as "/engine.io/".
func (s *Server) Path() string { return s.opts.Path }

// Wrap puts the server's CORS headers, but no middleware, around another handler of the same path.
// Its answers too have to be read within Options.BodyTimeout.
func (s *Server) Wrap(h http.Handler) http.Handler {
	h = s.bounded(s.share(h))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		deadlines(w).SetWriteDeadline(time.Now().Add(s.opts.BodyTimeout))
		h.ServeHTTP(w, r)
	})
}

func (s *Server) wrap(h http.Handler) http.Handler {
	for _, middleware := range slices.Backward(s.opts.Middleware) {
		h = middleware(h)
	}
	return s.share(h)
}

// share lets pages of other origins read the answers, those of a middleware too.
func (s *Server) share(h http.Handler) http.Handler {
	if s.opts.CORS != nil {
		h = s.opts.CORS.wrap(h)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescueMiddleware(w, r)
		h.ServeHTTP(w, r)
	})
}

// Matches reports whether the server answers requests of this path.
func (s *Server) Matches(path string) bool {
	return strings.HasPrefix(path, s.opts.Path) ||
		s.opts.NoTrailingSlash && strings.HasPrefix(path, strings.TrimSuffix(s.opts.Path, "/"))
}

// ServeHTTP answers requests below the path, others with 404.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.Matches(r.URL.Path) {
		s.others.ServeHTTP(w, r)
		return
	}
	s.handler.ServeHTTP(w, r)
}

// Count is the number of open sessions.
func (s *Server) Count() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return len(s.sessions)
}

// Pending is the number that Options.MaxPending limits.
func (s *Server) Pending() int { return s.pending.len() }

// Socket returns the session of the given id.
func (s *Server) Socket(id string) (*Socket, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	socket, ok := s.sessions[id]
	return socket, ok
}

// StopAccepting refuses new sessions from now on, with status 503. Those that exist go on.
func (s *Server) StopAccepting() {
	if !s.leaving.Swap(true) {
		s.releasePolls()
	}
}

// Close ends all sessions at once, dropping what is queued, and refuses new ones. It may be called
// more than once.
func (s *Server) Close() error {
	s.StopAccepting()
	s.mu.Lock()
	s.closed = true
	sockets := make([]*Socket, 0, len(s.sessions))
	for _, socket := range s.sessions {
		sockets = append(sockets, socket)
	}
	s.mu.Unlock()
	for _, socket := range sockets {
		socket.Discard()
	}
	s.forwards.end()
	s.thrift.close()
	s.wheel.Close()
	s.flusher.Close()
	s.poller.Close()
	return nil
}

// since is the server's clock, which never goes back.
func (s *Server) since() time.Duration { return time.Since(s.start) }

func (s *Server) remove(socket *Socket) {
	s.mu.Lock()
	if s.sessions[socket.id] == socket {
		delete(s.sessions, socket.id)
		s.ending[socket.id] = socket
	}
	s.mu.Unlock()
}

// forget is called when the application has been told of an end.
func (s *Server) forget(socket *Socket) {
	s.mu.Lock()
	if s.ending[socket.id] == socket {
		delete(s.ending, socket.id)
	}
	s.mu.Unlock()
}

// find is Socket for a request.
func (s *Server) find(id string) *Socket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if socket := s.sessions[id]; socket != nil {
		return socket
	}
	return s.ending[id]
}

// serve verifies a request in the order of the official server and hands it on.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	defer s.rescue(w, r)
	upgrade := ws.IsUpgrade(r)
	query := queryOf(r)
	if !slices.Contains(s.opts.Transports, query.transport) {
		s.refuse(w, r, upgrade, refusal(UnknownTransport, ""))
		return
	}
	if query.transport == WebSocket && !upgrade {
		s.adviseProxy(r)
	}
	if !printable(first(r.Header, "Origin")) {
		s.refuse(w, r, upgrade, refusal(BadRequest, "INVALID_ORIGIN"))
		return
	}
	if query.sid != "" {
		s.resume(w, r, query, upgrade)
		return
	}
	if !upgrade {
		s.adviseOrigin(w, r)
	}
	s.begin(w, r, query, upgrade)
}

// resume handles a request of a known session.
func (s *Server) resume(w http.ResponseWriter, r *http.Request, query query, upgrade bool) {
	socket := s.find(query.sid)
	if socket == nil || socket.expired(w, r) {
		s.refuse(w, r, upgrade, refusal(UnknownSID, ""))
		return
	}
	if !upgrade && socket.Transport() != query.transport || upgrade && query.transport != WebSocket {
		s.refuse(w, r, upgrade, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	}
	if (query.eio == "4") != (socket.protocol == 4) {
		s.refuse(w, r, upgrade, refusal(BadRequest, "PROTOCOL_MISMATCH"))
		return
	}
	socket.answered()
	switch {
	case upgrade:
		if s.opts.Headers != nil {
			s.opts.Headers(w.Header(), r)
		}
		if conn, first, ok := s.accept(w, r); ok {
			conn.base64 = query.b64 != ""
			socket.startUpgrade(conn, first)
		}
	case r.Method == http.MethodGet:
		socket.serveGet(w, r)
	case r.Method == http.MethodPost:
		socket.servePost(w, r)
	default:
		reject(w, r, http.StatusInternalServerError)
	}
}
