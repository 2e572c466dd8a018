package main

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// hush is how long connections have to say something when the program ends.
const hush = time.Second

// silent are the connections that have asked for nothing yet. Browsers open some in advance.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{} // guarded by mu
}

// state is the hook of the http.Server.
func (s *silent) state(c net.Conn, now http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if now != http.StateNew {
		delete(s.conns, c)
		return
	}
	if s.conns == nil {
		s.conns = make(map[net.Conn]struct{})
	}
	s.conns[c] = struct{}{}
}

// close ends those that have said nothing until now.
func (s *silent) close() {
	s.mu.Lock()
	var all []net.Conn
	for c := range s.conns {
		all = append(all, c)
	}
	s.mu.Unlock()
	for _, c := range all {
		c.Close()
	}
}

func (s *silent) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
