package poll

import (
	"net"
	"sync"
	"time"
)

// bufferSize is what a parked connection reads into. It blocks in Read, so it owns its buffer all
// the time.
const bufferSize = 2 << 10

// soonTimeout bounds WriteSoon where a write may block.
const soonTimeout = time.Second

// A parked connection has a goroutine that blocks in Read.
type parked struct {
	nc      calmConn
	handler Handler

	mu     sync.Mutex
	gate   chan struct{} // guarded by mu; not nil while paused
	closed bool          // guarded by mu
}

func (c *parked) Start(h Handler, first []byte) {
	c.handler = h
	go c.run(first)
}

func (c *parked) run(first []byte) {
	if len(first) > 0 {
		c.handler.Data(first)
	}
	c.handler.Closed(c.read())
}

func (c *parked) read() error {
	buf := make([]byte, bufferSize)
	for {
		if err := c.wait(); err != nil {
			return err
		}
		n, err := c.nc.Read(buf)
		if n > 0 {
			if err := c.wait(); err != nil {
				return err
			}
			c.handler.Data(buf[:n])
		}
		if err != nil {
			return err
		}
	}
}

// wait returns when the connection isn't paused.
func (c *parked) wait() error {
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

func (c *parked) Pause() {
	c.mu.Lock()
	if c.gate == nil && !c.closed {
		c.gate = make(chan struct{})
	}
	c.mu.Unlock()
}

func (c *parked) Resume() {
	c.mu.Lock()
	c.open()
	c.mu.Unlock()
}

func (c *parked) open() {
	if c.gate != nil {
		close(c.gate)
		c.gate = nil
	}
}

func (c *parked) TryWrite([]byte) (int, error) { return 0, ErrWouldBlock }

func (c *parked) TryWriteAhead([]byte) (int, error) { return 0, ErrWouldBlock }

func (c *parked) WriteSoon(p []byte) error { return c.Write(p, soonTimeout) }

func (c *parked) Write(p []byte, timeout time.Duration) error {
	c.nc.SetWriteDeadline(time.Now().Add(timeout))
	err := c.nc.Write(p)
	c.nc.SetWriteDeadline(time.Time{})
	return err
}

func (c *parked) Finish(timeout time.Duration) {
	if c.nc.CloseWrite() != nil {
		c.Close()
		return
	}
	c.Resume()
	time.AfterFunc(timeout, c.Close) // a deadline wouldn't end what somebody pauses meanwhile
}

func (c *parked) Close() {
	c.mu.Lock()
	c.closed = true
	c.open()
	c.mu.Unlock()
	c.nc.Close()
}
