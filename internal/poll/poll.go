// Package poll is what wakes a connection: when bytes have arrived, a buffer is borrowed, what is
// there is read, and the connection's Handler gets it. Nothing of a quiet connection is on the heap
// but its Conn.
//
// Here each connection has a goroutine that is parked in the runtime's poller without a buffer. An event loop can take its place behind the same
// functions, because nobody outside knows which goroutine calls Data.
//
// Data is called by one goroutine at a time, in the order of the bytes; Closed is the last call. Every method may be called from any goroutine.
package poll

import (
	"errors"
	"net"
	"sync"
	"syscall"
	"time"
)

// BufferSize is how much is read at once.
const BufferSize = 16 << 10

// plainBuffer is what a connection without a file descriptor (TLS, pipes) reads into: such a
// connection blocks in Read and owns its buffer all the time.
const plainBuffer = 2 << 10

// ErrWouldBlock says that the kernel takes no more bytes now.
var ErrWouldBlock = errors.New("poll: write would block")

// A Handler receives what the peer sends.
type Handler interface {
	// Data gets the bytes just read. They are valid during the call and may be modified. It must not block.
	Data(p []byte)
	// Closed is told once why the reading ended: io.EOF or an error of the network.
	Closed(err error)
}

// A Conn is a connection that is read by this package.
type Conn struct {
	nc      net.Conn
	raw     syscall.RawConn // nil: no descriptor to wait on
	handler Handler

	mu     sync.Mutex
	gate   chan struct{} // guarded by mu; not nil while paused
	closed bool          // guarded by mu
}

// New takes over nc. Nothing is read before Start.
func New(nc net.Conn) *Conn { return &Conn{nc: nc, raw: rawConn(nc)} }

// Start begins to read. First is what had already been read from the connection by somebody else.
func (c *Conn) Start(h Handler, first []byte) {
	c.handler = h
	go c.run(first)
}

func (c *Conn) run(first []byte) {
	if len(first) > 0 {
		c.handler.Data(first)
	}
	if c.raw != nil {
		c.handler.Closed(c.readRaw())
	} else {
		c.handler.Closed(c.readPlain())
	}
}

func (c *Conn) readPlain() error {
	buf := make([]byte, plainBuffer)
	for {
		if err := c.wait(); err != nil {
			return err
		}
		n, err := c.nc.Read(buf)
		if n > 0 {
			c.handler.Data(buf[:n])
		}
		if err != nil {
			return err
		}
	}
}

// wait returns when the connection isn't paused.
func (c *Conn) wait() error {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return net.ErrClosed
	}
	return nil
}

// Pause stops the reading after the Data that is running, until Resume.
func (c *Conn) Pause() {
	c.mu.Lock()
	if c.gate == nil && !c.closed {
		c.gate = make(chan struct{})
	}
	c.mu.Unlock()
}

// Resume ends a pause.
func (c *Conn) Resume() {
	c.mu.Lock()
	c.open()
	c.mu.Unlock()
}

func (c *Conn) open() {
	if c.gate != nil {
		close(c.gate)
		c.gate = nil
	}
}

// Write writes p whole and may block, at most for the timeout.
func (c *Conn) Write(p []byte, timeout time.Duration) error {
	c.nc.SetWriteDeadline(time.Now().Add(timeout))
	_, err := c.nc.Write(p)
	c.nc.SetWriteDeadline(time.Time{})
	return err
}

// Finish ends the writing side and closes the connection when the peer has closed its side, at the
// latest after the timeout. Closing at once could destroy bytes still on their way, because unread input turns a close into a reset.
func (c *Conn) Finish(timeout time.Duration) {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		c.Close()
		return
	}
	c.nc.SetReadDeadline(time.Now().Add(timeout))
	c.Resume()
}

// Close closes the connection; the reading ends.
func (c *Conn) Close() error {
	c.mu.Lock()
	c.closed = true
	c.open()
	c.mu.Unlock()
	return c.nc.Close()
}
