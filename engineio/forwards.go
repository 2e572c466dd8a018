package engineio

import (
	"sync"
	"time"
)

// forwards are the requests and connections that other servers serve.
type forwards struct {
	mu     sync.Mutex
	polls  map[*forward]struct{} // guarded by mu
	relays map[*relay]struct{}   // guarded by mu
	closed bool                  // guarded by mu
}

// hold keeps a request until free. It returns false behind the end.
func (f *forwards) hold(one *forward) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	if f.polls == nil {
		f.polls = make(map[*forward]struct{})
	}
	f.polls[one] = struct{}{}
	return true
}

func (f *forwards) free(one *forward) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.polls, one)
}

// take is hold for a connection that has become a WebSocket.
func (f *forwards) take(r *relay) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	if f.relays == nil {
		f.relays = make(map[*relay]struct{})
	}
	f.relays[r] = struct{}{}
	return true
}

func (f *forwards) drop(r *relay) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.relays, r)
}

func (f *forwards) list() (all []*forward) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for one := range f.polls {
		all = append(all, one)
	}
	return all
}

// some returns up to n WebSockets, and how many there are besides.
func (f *forwards) some(n int) (all []*relay, left int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for r := range f.relays {
		if len(all) == n {
			break
		}
		all = append(all, r)
	}
	return all, len(f.relays) - len(all)
}

// end ends all that is left.
func (f *forwards) end() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	for _, one := range f.list() {
		one.conn.Close()
	}
	relays, _ := f.some(-1)
	for _, r := range relays {
		r.close()
	}
}

// CloseForwarded closes up to n of the WebSockets that this server forwards to the owners of their
// sessions, whose clients connect again. It returns how many are left, and how many requests, which
// end soon by themselves behind StopAccepting.
func (s *Server) CloseForwarded(n int) (webSockets, requests int) {
	relays, left := s.forwards.some(max(n, 0))
	for _, r := range relays {
		r.close()
	}
	return left, len(s.forwards.list())
}

// leavingTime is how long a server that is leaving lets a forwarded poll wait: long enough that it
// is at its owner.
const leavingTime = 250 * time.Millisecond

// releasePolls has those answered that wait at their owners: their clients may reach another server
// with the next one.
func (s *Server) releasePolls() {
	for _, one := range s.forwards.list() {
		one.releaseLater()
	}
}
