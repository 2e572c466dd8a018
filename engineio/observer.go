package engineio

import "time"

// An Observer is told of what happens inside of sessions. Its functions, of which any may be nil,
// run where the connection is read, so they must not block, and for several sockets at the same
// time. A panic in one is logged.
type Observer struct {
	// Upgrading is called when a session on polling has got a working WebSocket: its probe is
	// answered. Upgraded follows when the client has changed over to it, once. When that doesn't
	// happen within Options.UpgradeTimeout, or the WebSocket or the session ends before, the
	// upgrade has failed: there are as many of those as Upgrading was called more often than
	// Upgraded. The session stays on polling then, and its client may try again.
	Upgrading, Upgraded func(*Socket)
	// RoundTrip tells how long a client of revision 4 took to answer a heartbeat. On polling that
	// includes the time until its next request.
	RoundTrip func(*Socket, time.Duration)
}

// BufferedBytes is how many bytes wait to be sent to all sockets together. It asks each of them.
func (s *Server) BufferedBytes() (bytes int) {
	s.mu.RLock()
	sockets := make([]*Socket, 0, len(s.sessions))
	for _, socket := range s.sessions {
		sockets = append(sockets, socket)
	}
	s.mu.RUnlock()
	for _, socket := range sockets {
		bytes += socket.BufferedBytes()
	}
	return bytes
}
