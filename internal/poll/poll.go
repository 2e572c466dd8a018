// Package poll is what wakes a connection: when bytes have arrived, a buffer is borrowed, what is
// there is read, and the connection's Handler gets it.
//
// On Linux a plain TCP connection leaves net/http and the runtime's poller for an event loop of its
// own: it has no goroutine, and nothing of a quiet connection is on the heap but its Conn.
// Everywhere else (TLS, pipes, other systems) a goroutine blocks in Read. Nobody outside can tell
// which one it is.
//
// Data is called by one goroutine at a time, in the order of the bytes; Closed is the last call.
// Every method may be called from any goroutine. Locks: a Conn's, then its loop's; the handler is
// called without any.
package poll

import (
	"errors"
	"net"
	"time"
)

// ErrWouldBlock says that the kernel takes no more bytes now.
var ErrWouldBlock = errors.New("poll: write would block")

// A Handler receives what the peer sends.
type Handler interface {
	// Data gets the bytes just read. They are valid during the call and may be modified. It must
	// not block: in an event loop other connections wait.
	Data(p []byte)
	// Closed is told once why the reading ended: io.EOF, net.ErrClosed after Close, or an error of
	// the network. The handler has to Close the connection then. It must not block.
	Closed(err error)
}

// A Conn is a connection that is read by this package. At most one goroutine may write at a time.
type Conn interface {
	// Start begins to read. First is what had already been read by somebody else.
	Start(h Handler, first []byte)
	// TryWrite writes what the kernel takes without blocking. It returns ErrWouldBlock when that
	// isn't all of p, and always where only Write can write.
	TryWrite(p []byte) (int, error)
	// TryWriteAhead is TryWrite for what is followed at once by Close: it may leave with that.
	TryWriteAhead(p []byte) (int, error)
	// WriteSoon writes a few bytes whole or fails. It never blocks an event loop.
	WriteSoon(p []byte) error
	// Write writes p whole and may block, at most for the timeout.
	Write(p []byte, timeout time.Duration) error
	// Pause stops the reading after the Data that is running, until Resume.
	Pause()
	Resume()
	// Finish ends the writing side and closes the connection when the peer has closed its side, at
	// the latest after the timeout. Closing at once could destroy bytes still on their way, because
	// unread input turns a close into a reset.
	Finish(timeout time.Duration)
	// Close closes the connection; the reading ends. It may be called more than once.
	Close()
}

// A Counted connection is a TCP connection of which somebody else wants to know the end. It may be
// anything that a net.Conn of a Listener is.
type Counted interface {
	// TCP is the connection inside.
	TCP() *net.TCPConn
	// Release says that the end is told by calling what it returns, once, and no longer by Close.
	// It must not block.
	Release() (ended func())
}

// A Poller reads connections. The zero value is ready. Close ends its goroutines when all
// connections have been closed.
type Poller struct{ loops loops }

// Conn takes over nc. Nothing is read before Start.
func (p *Poller) Conn(nc net.Conn) Conn {
	if c := p.loops.adopt(nc); c != nil {
		return c
	}
	return p.Parked(nc)
}

// Parked takes over nc as Conn does, but never for an event loop: the handler may take its time.
func (p *Poller) Parked(nc net.Conn) Conn { return &parked{nc: calmConn{nc}} }

// Close ends the event loops. Connections that are still open are not read any more.
func (p *Poller) Close() { p.loops.close() }
