package engineio

import (
	"cmp"
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/outbox"
	"github.com/madang-chat/madang/internal/wheel"
)

// A Receiver is told what happens to a socket. Its methods are called one at a time and in the
// order of the wire. They must neither block nor run user code of unknown length: they run where
// the connection is read.
type Receiver interface {
	// Message gets a message of the client. Data is valid during the call only.
	Message(data []byte, binary bool)
	// Closed is the last call, once for each socket. Err says more where there is more to say.
	Closed(reason Reason, err error)
}

// An UpgradeReceiver is a Receiver that is told when its session has gone from polling to
// WebSocket, under the same rules.
type UpgradeReceiver interface {
	Receiver
	Upgraded()
}

// Flags say how a message is to be sent.
type Flags uint8

const (
	// NoCompress leaves the message out of compression.
	NoCompress Flags = 1 << iota
	// Later lets the message wait up to a millisecond for others, when the socket was written to a
	// moment ago.
	Later
	// Corked only queues: the caller calls Flush soon.
	Corked
)

type state = uint32

const (
	stateOpen    state = iota
	stateClosing       // the close packet waits for a poll, or for the upgrade
	stateClosed
)

// A Socket is one session of a client, whatever its transport. All methods may be called from any
// goroutine; none of them blocks but Drain.
type Socket struct {
	server     *Server
	id         string
	protocol   uint8 // 3 or 4
	base64     bool  // the client can't take binary on polling
	once       bool  // the client doesn't encode its text twice; whoever calls the receiver uses it
	handshake  *Handshake
	ctx        *connContext // nil without Options.ConnContext
	receiver   Receiver
	beat       heartbeat
	timer      wheel.Timer
	state      atomic.Uint32           // written under mu
	extendable atomic.Bool             // the wait for a pong may be extended; written under mu
	waiting    atomic.Pointer[waiting] // nil when the session isn't pending any more

	mu        sync.Mutex
	queue     outbox.Queue[item] // guarded by mu
	slots     *slots             // guarded by mu; nil while nothing of SendLatest waits
	marked    bool               // guarded by mu; waits for the flusher
	late      bool               // guarded by mu; which lets it wait for more
	flushing  bool               // guarded by mu; somebody writes to ws
	blocked   bool               // guarded by mu; and the network doesn't take it at once
	receiving bool               // guarded by mu; who calls the receiver buries closed
	slow      bool               // guarded by mu
	paused    bool               // guarded by mu
	lastFlush time.Duration      // guarded by mu
	closed    *closing           // guarded by mu; set until Closed has been delivered
	ws        *wsConn            // guarded by mu; nil while on polling
	probe     *upgrade           // guarded by mu; an upgrade under way
	get       *pollRequest       // guarded by mu; a request that waits for packets
	post      *postRequest       // guarded by mu; a request that brings packets
	leaving   chan struct{}      // guarded by mu; not nil while a close packet waits for get
	drained   chan struct{}      // guarded by mu; not nil while somebody waits in Drain
}

type item struct {
	m     *Message
	plain bool // not to be compressed
}

// queued lends the memory of all queues.
var queued outbox.Pool[item]

// A closing is an end that the receiver is still to be told of. The client learns of it then and
// not before, because it may be back at once.
type closing struct {
	reason   Reason
	err      error
	ws       *wsConn      // is closed
	farewell bool         // what is queued for it is written before
	get      *pollRequest // is answered

	// Closed when the application has been told. A request of the client that comes before waits
	// for it.
	told chan struct{}
}

// ID is the session id. It is a secret of this client: whoever knows it can send in its name.
func (s *Socket) ID() string { return s.id }

// Protocol is the Engine.IO revision, 3 or 4.
func (s *Socket) Protocol() int { return int(s.protocol) }

// Handshake tells of the request that opened the session.
func (s *Socket) Handshake() *Handshake { return s.handshake }

// Established says that the client does what it came for: the session doesn't count for
// Options.MaxPending any more.
func (s *Socket) Established() {
	if w := s.waiting.Swap(nil); w != nil {
		s.server.pending.exit(w)
	}
}

// Transport is the transport in use now: Polling or WebSocket.
func (s *Socket) Transport() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.transport()
}

func (s *Socket) transport() string {
	if s.ws != nil {
		return WebSocket
	}
	return Polling
}

// Closed reports whether the session has ended or is about to.
func (s *Socket) Closed() bool { return s.state.Load() != stateOpen }

// Send queues a message. Nil means queued; ErrSlow that the queue is full and the socket is being
// closed; ErrClosed that it is closed. Send never calls the receiver.
func (s *Socket) Send(m *Message, f Flags) error {
	_ = m.size // a nil one panics before the lock is taken
	s.mu.Lock()
	if s.state.Load() != stateOpen || s.slow {
		s.mu.Unlock()
		return ErrClosed
	}
	if !s.push(m, f) {
		s.slow = true
		s.mu.Unlock()
		go s.end(ReasonSlow, ErrSlow)
		return ErrSlow
	}
	s.wake(f)
	s.mu.Unlock()
	return nil
}

// push queues a message. A full queue is written first as far as that goes, because a burst
// may have come before any flusher had its turn, or was done: that isn't the client's fault.
func (s *Socket) push(m *Message, f Flags) bool {
	next := item{m, f&NoCompress != 0}
	for !s.queue.Push(&queued, next, m.size, s.server.opts.MaxQueue) {
		switch {
		case s.ws == nil || s.blocked, !s.flushing && s.queue.Len() == 0: // or a poll holds it all
			return false
		case s.flushing:
			s.mu.Unlock()
			runtime.Gosched() // somebody writes, and doesn't wait for the client
		default:
			s.flush()
		}
		s.mu.Lock()
		if s.state.Load() != stateOpen {
			return false
		}
	}
	return true
}

// wake sees to it that the queue is written.
func (s *Socket) wake(f Flags) {
	if s.ws == nil {
		if s.get != nil {
			s.get.wake()
		}
		return
	}
	if s.marked && !s.late || s.flushing || f&Corked != 0 {
		return
	}
	later := f&Later != 0 && !s.server.opts.DisableAdaptiveFlush && s.server.since()-s.lastFlush < outbox.Delay
	if s.marked && later {
		return
	}
	s.marked, s.late = true, later
	if later {
		s.server.flusher.MarkLater((*flushTarget)(s))
	} else {
		s.server.flusher.Mark((*flushTarget)(s))
	}
}

// BufferedBytes is how many bytes wait to be sent or are being written.
func (s *Socket) BufferedBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.Bytes()
}

// Drain waits until everything that was queued has been handed to the network, or the context or
// the session has ended.
func (s *Socket) Drain(ctx context.Context) error {
	for {
		s.mu.Lock()
		if s.state.Load() == stateClosed {
			s.mu.Unlock()
			return ErrClosed
		}
		if s.queue.Bytes() == 0 {
			s.mu.Unlock()
			return nil
		}
		if s.drained == nil {
			s.drained = make(chan struct{})
		}
		drained := s.drained
		s.mu.Unlock()
		select {
		case <-drained:
		case <-ctx.Done():
			return cmp.Or(context.Cause(ctx), calm.Context(ctx).Err())
		}
	}
}

// written accounts for bytes that have left the queue for good. After the end there is nothing to
// account for.
func (s *Socket) written(bytes int) {
	if s.state.Load() == stateClosed {
		return
	}
	s.queue.Written(bytes)
	if s.queue.Bytes() == 0 {
		s.wakeDrain()
	}
}

func (s *Socket) wakeDrain() {
	if s.drained != nil {
		close(s.drained)
		s.drained = nil
	}
}

// Pause stops reading from the client, for as long as it lasts without heartbeat supervision.
// On polling the request that brings packets isn't answered.
func (s *Socket) Pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.paused || s.state.Load() == stateClosed {
		return
	}
	s.paused = true
	if s.ws != nil {
		s.ws.conn.Pause()
	}
}

// Resume ends a pause.
func (s *Socket) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.paused {
		return
	}
	s.paused = false
	s.restartBeat()
	if s.ws != nil {
		s.ws.conn.Resume()
	}
	if s.post != nil {
		s.post.resume()
	}
}

// begin claims the receiver for the calling goroutine until done.
func (s *Socket) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.receiving || s.state.Load() == stateClosed {
		return false
	}
	s.receiving = true
	return true
}

func (s *Socket) done() {
	s.mu.Lock()
	s.receiving = false
	c := s.closed
	s.mu.Unlock()
	if c != nil {
		s.bury(c)
	}
}
