package socketio

import (
	"context"
	"runtime"
	"unsafe"

	"github.com/madang-chat/madang/engineio"
)

// RoomCount is how many rooms of a namespace have members.
func RoomCount(n *Namespace) int {
	count := 0
	for i := range n.rooms {
		sh := &n.rooms[i]
		sh.mu.RLock()
		count += len(sh.byName)
		sh.mu.RUnlock()
	}
	return count
}

// IsPlain reports whether a socket has nothing that many sockets never need.
func IsPlain(s *Socket) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.extra == nil
}

// Waiting is how many Asks of a socket wait.
func Waiting(s *Socket) int {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.extra == nil {
		return 0
	}
	return len(s.extra.asks)
}

// QuietSize is the memory of a connection in one namespace that nothing has happened to yet.
func QuietSize() uintptr {
	return unsafe.Sizeof(Socket{}) + unsafe.Sizeof(conn{})
}

// InboxLen is how many events of a socket are waiting or being handled.
func InboxLen(s *Socket) int {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.inbox.count
}

// Paused reports whether the connection isn't read.
func Paused(s *Socket) bool {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.conn.paused
}

// Goexit is a handler that ends its goroutine.
func Goexit(context.Context, *Socket, None) error {
	runtime.Goexit()
	return nil
}

// Requests is how many requests to other servers wait.
func Requests(s *Server) (n int) {
	s.requests.Range(func(any, any) bool { n++; return true })
	return n
}

// AtWork is how much is done for other servers.
func AtWork(s *Server) int { return int(s.atWork.Load()) }

// Sessions is how many sessions a namespace knows, of connected sockets too.
func Sessions(n *Namespace) int {
	if q := n.sequence; q != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.away) + len(q.holders)
	}
	n.history.mu.Lock()
	defer n.history.mu.Unlock()
	return len(n.history.sessions)
}

// Ended is how many sessions without a socket a namespace holds, those that somebody continued
// included.
func Ended(n *Namespace) int {
	n.history.mu.Lock()
	defer n.history.mu.Unlock()
	return len(n.history.ended)
}

// Records is how many events are kept for recovery.
func Records(n *Namespace) int {
	n.history.mu.Lock()
	defer n.history.mu.Unlock()
	return len(n.history.records)
}

// Pending is how many connections have not joined a namespace yet.
func Pending(s *Server) int { return s.engine.Pending() }

// Claimed reports whether somebody is about to continue a session.
func Claimed(n *Namespace, pid string) bool {
	if q := n.sequence; q != nil {
		q.mu.Lock()
		defer q.mu.Unlock()
		return q.holders[pid].next != nil
	}
	n.history.mu.Lock()
	defer n.history.mu.Unlock()
	return n.history.sessions[pid] != nil && n.history.sessions[pid].claimant != nil
}

// Held is what the connection of a socket counts for MaxMemory: the events in its inboxes and
// everything else.
func Held(s *Socket) (queued, fixed int) {
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.conn.queued, s.conn.fixed
}

// Engine is what the engine is given of options.
func Engine(o Options) engineio.Options { return o.engine() }

// Memory is what MaxMemory is with these options.
func Memory(o Options) int { return o.withDefaults().MaxMemory }

// SeatCost and SocketCost are what rooms and sockets count besides their names.
const (
	SeatCost   = seatCost
	SocketCost = socketCost
)

// Remember makes the memory of an event of a size, and ends the context in it.
func Remember(s *Socket, size int) {
	ctx, _ := s.conn.memory(size)
	ctx.end()
}

const (
	DefaultConnectTimeout         = defaultConnectTimeout
	DefaultMaxRooms               = defaultMaxRooms
	DefaultUnknownEventsPerMinute = defaultUnknownEventsPerMinute
	DefaultAnswerTimeout          = defaultAnswerTimeout
)

// Tunnels is how many requests are being forwarded to and from other servers.
func Tunnels(s *Server) int { return len(s.tunnels.all()) }

// MostUnread is how many bytes wait in the fullest of them.
func MostUnread(s *Server) (most int) {
	for _, t := range s.tunnels.all() {
		t.mu.Lock()
		most = max(most, t.unread)
		t.mu.Unlock()
	}
	return most
}

// LimitTunnels is for a server that hasn't any yet.
func LimitTunnels(s *Server, most int) { s.tunnels.most = most }

// OwnerMark is what the ids of a server's connections begin with.
func OwnerMark(name string) string { return ownerMark(name) }
