package engineio

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/peer"
	"github.com/madang-chat/madang/internal/ws"
)

// mostUnknown is how many requests of one address a second may turn out to be of sessions that
// nobody has: each asks another server.
const mostUnknown = 1000

// A dialer connects to the server that has a session: Options.Elsewhere returns it.
type dialer = func(context.Context) (net.Conn, error)

// elsewhere hands requests of sessions that another server has to it. It stands outside of the
// middleware and of CORS, which are the owner's.
func (s *Server) elsewhere(here http.Handler) http.Handler {
	if s.opts.Elsewhere == nil {
		return here
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescueMiddleware(w, r)
		dial := s.dialer(r)
		if dial == nil {
			here.ServeHTTP(w, r)
			return
		}
		key := peer.KeyOf(s.address(r))
		if s.unknown.full(key) {
			s.refuseShared(w, r, tooManyUnknown(s.address(r)))
			return
		}
		conn, err := dial(r.Context())
		if err != nil {
			s.lostOwner(w, r, here, fmt.Errorf("engineio: connect to the server that has the session: %w", err))
			return
		}
		f := &forward{server: s, conn: conn, dial: dial, here: here}
		if f.serve(w, r) == http.StatusBadRequest {
			s.unknown.add(key)
		}
	})
}

// dialer is nil for what is served here. A browser's preflight is: its answer is the same anywhere.
func (s *Server) dialer(r *http.Request) dialer {
	if r.Method == http.MethodOptions || isForwarded(r) {
		return nil
	}
	sid := queryOf(r).sid
	if sid == "" || s.find(sid) != nil {
		return nil
	}
	return s.opts.Elsewhere(sid)
}

// lostOwner answers when the owner can't be reached, or has left before its answer. When nobody
// has the session any more it is refused as unknown, by the way of all refusals.
func (s *Server) lostOwner(w http.ResponseWriter, r *http.Request, here http.Handler, err error) {
	if s.opts.Elsewhere(queryOf(r).sid) == nil {
		here.ServeHTTP(w, r)
		return
	}
	e := refusal(Forbidden, "OWNER_UNREACHABLE").because(err)
	e.Message, e.status = "the server of the session can't be reached", http.StatusBadGateway
	s.refuseShared(w, r, e)
}

func tooManyUnknown(address string) *ConnectionError {
	cause := fmt.Errorf("engineio: more than %d requests a second of unknown sessions from %q", mostUnknown, advice.Short(address))
	e := refusal(Forbidden, "TOO_MANY_UNKNOWN").because(cause)
	e.Message, e.status, e.retry = "too many requests of unknown sessions", http.StatusTooManyRequests, time.Second
	return e
}

// refuseShared is refuse with the headers of CORS.
func (s *Server) refuseShared(w http.ResponseWriter, r *http.Request, e *ConnectionError) {
	s.share(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.refuse(w, r, ws.IsUpgrade(r), e)
	})).ServeHTTP(w, r)
}

// A tally counts by address, within one second.
type tally struct {
	mu     sync.Mutex
	second int64            // guarded by mu
	counts map[peer.Key]int // guarded by mu
}

func (t *tally) add(k peer.Key) { t.count(k, 1) }

func (t *tally) full(k peer.Key) bool { return t.count(k, 0) >= mostUnknown }

func (t *tally) count(k peer.Key, more int) int {
	now := time.Now().Unix()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.second != now {
		t.second, t.counts = now, nil
	}
	if more > 0 {
		if t.counts == nil {
			t.counts = make(map[peer.Key]int)
		}
		t.counts[k] += more
	}
	return t.counts[k]
}
