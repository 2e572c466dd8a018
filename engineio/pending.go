package engineio

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/peer"
)

var (
	errGaveWay     = errors.New("engineio: never answered, and made room for a newer handshake")
	errAddressFull = errors.New("MaxPendingPerAddress")
	errFull        = errors.New("MaxPending")
)

// pendings counts the sessions that are being opened or not established, together and by address.
type pendings struct {
	max     int
	address *peer.Limit

	mu          sync.Mutex
	count       int      // guarded by mu
	first, last *waiting // guarded by mu; clients not heard since, the oldest first
}

// A waiting is what a session costs while it is pending.
type waiting struct {
	leave    func()      // its place among those of its address
	answered atomic.Bool // written under mu

	socket     *Socket  // nil unless it is listed; guarded by pendings.mu
	prev, next *waiting // guarded by pendings.mu
	gone       bool     // guarded by pendings.mu
}

// enter counts a handshake. Evicted is the session that has lost its place to it, if there is one;
// the caller ends it.
func (p *pendings) enter(key peer.Key) (w *waiting, evicted *Socket, err error) {
	leave := p.address.Enter(key)
	if leave == nil {
		return nil, nil, errAddressFull
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count >= p.max {
		if p.first == nil {
			leave()
			return nil, nil, errFull
		}
		evicted = p.first.socket
		p.remove(p.first)
	}
	p.count++
	return &waiting{leave: leave}, evicted, nil
}

// list says that the session is open: from now on it may lose its place to a newer one.
func (p *pendings) list(w *waiting, s *Socket) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if w.gone || w.answered.Load() {
		return
	}
	w.socket, w.prev = s, p.last
	if p.last == nil {
		p.first = w
	} else {
		p.last.next = w
	}
	p.last = w
}

// answer says that the client has been heard: it keeps its place.
func (p *pendings) answer(w *waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.answered.Store(true)
	p.unlist(w)
}

// exit gives the place back, once.
func (p *pendings) exit(w *waiting) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(w)
}

// remove needs mu.
func (p *pendings) remove(w *waiting) {
	if w.gone {
		return
	}
	w.gone = true
	p.unlist(w)
	p.count--
	w.leave()
}

// unlist needs mu.
func (p *pendings) unlist(w *waiting) {
	if w.socket == nil {
		return
	}
	if w.prev == nil {
		p.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		p.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	w.socket, w.prev, w.next = nil, nil, nil
}

func (p *pendings) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.count
}

// answered is called with everything that the client sends: it was heard.
func (s *Socket) answered() {
	if w := s.waiting.Load(); w != nil && !w.answered.Load() {
		s.server.pending.answer(w)
	}
}

// enter finds a place for a new session.
func (s *Server) enter(r *http.Request, address string) (*waiting, *ConnectionError) {
	w, evicted, err := s.pending.enter(peer.KeyOf(address))
	if evicted != nil {
		evicted.end(ReasonForcedClose, errGaveWay)
	}
	if err == nil {
		return w, nil
	}
	cause := fmt.Errorf("engineio: a handshake from %q beyond %w", advice.Short(address), err)
	e := refusal(Forbidden, "TOO_MANY_PENDING").because(cause)
	e.Message, e.status, e.retry = "too many pending handshakes", http.StatusServiceUnavailable, time.Second
	if err == errAddressFull {
		e.status = http.StatusTooManyRequests
		s.adviseAddress(r, address)
	}
	return nil, e
}

// address tells whose request it is.
func (s *Server) address(r *http.Request) string {
	if s.opts.ClientAddress != nil {
		return s.opts.ClientAddress(r)
	}
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return address
}
