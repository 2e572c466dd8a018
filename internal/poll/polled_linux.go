//go:build !parked

package poll

import (
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A polled connection is read by an event loop. It has the 64 bytes of a size class; one more would
// make 80 of them.
type polled struct {
	loop    *loop
	handler Handler
	fd      int32
	slot    int32 // set by Start

	mu       sync.Mutex
	users    int16         // guarded by mu; between enter and leave: the descriptor stays open
	started  bool          // guarded by mu
	watched  bool          // guarded by mu; epoll knows the descriptor
	paused   bool          // guarded by mu
	closed   bool          // guarded by mu
	told     bool          // guarded by mu; Closed has been called or is about to
	writable chan struct{} // guarded by mu; not nil while a Write waits for room
	ended    func()        // nil, or told when the descriptor is closed
}

func (c *polled) Start(h Handler, first []byte) {
	c.handler = h
	if len(first) > 0 {
		h.Data(first)
	}
	c.mu.Lock()
	slot, ok := c.loop.add(c)
	if !ok {
		c.closeLocked()
		c.mu.Unlock()
		c.tell(net.ErrClosed)
		return
	}
	defer c.mu.Unlock()
	c.slot, c.started = slot, true
	if c.closed {
		c.loop.remove(c)
		return
	}
	c.watch()
}

// watch tells epoll what to look for. It needs mu.
func (c *polled) watch() {
	var events uint32
	if !c.paused && !c.told {
		events |= unix.EPOLLIN
	}
	if c.writable != nil {
		events |= unix.EPOLLOUT
	}
	op := unix.EPOLL_CTL_MOD
	switch {
	case events == 0 && !c.watched, !c.started:
		return
	case events == 0:
		// A descriptor that waits for nothing would still report a hang-up, in every turn.
		op = unix.EPOLL_CTL_DEL
	case !c.watched:
		op = unix.EPOLL_CTL_ADD
	}
	c.watched = events != 0
	err := unix.EpollCtl(c.loop.fd, op, int(c.fd), &unix.EpollEvent{Events: events, Fd: c.slot})
	if err != nil {
		c.watched = false
		c.closeLocked()
	}
}

// ready is called by the loop with what epoll reported.
func (c *polled) ready(events uint32, buf []byte) {
	if events&(unix.EPOLLOUT|unix.EPOLLERR|unix.EPOLLHUP) != 0 {
		c.wakeWriter()
	}
	if events&^unix.EPOLLOUT == 0 || !c.enterReading() {
		return
	}
	defer c.leave()
	n, err := readNow(int(c.fd), buf)
	switch {
	case n > 0:
		c.handler.Data(buf[:n])
	case err == unix.EAGAIN || err == unix.EINTR:
	case err != nil:
		c.tell(fmt.Errorf("read: %w", err))
	default:
		c.tell(io.EOF)
	}
}

// tell calls Closed, once.
func (c *polled) tell(err error) {
	c.mu.Lock()
	told := c.told
	c.told = true
	if !c.closed {
		c.watch()
	}
	c.mu.Unlock()
	if !told {
		c.handler.Closed(err)
	}
}

// enter keeps the descriptor open until leave.
func (c *polled) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.users++
	return true
}

// enterReading is enter, unless nobody wants to read.
func (c *polled) enterReading() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.paused || c.told {
		return false
	}
	c.users++
	return true
}

func (c *polled) leave() {
	c.mu.Lock()
	c.users--
	last := c.closed && c.users == 0
	c.mu.Unlock()
	if last {
		c.release()
	}
}

func (c *polled) wakeWriter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.writable != nil {
		close(c.writable)
		c.writable = nil
		c.watch()
	}
}

func (c *polled) TryWriteAhead(p []byte) (int, error) { return c.try(p, writeAhead) }

func (c *polled) TryWrite(p []byte) (int, error) { return c.try(p, writeNow) }

func (c *polled) try(p []byte, write func(int, []byte) (int, error)) (written int, err error) {
	if !c.enter() {
		return 0, net.ErrClosed
	}
	defer c.leave()
	for written < len(p) {
		n, err := write(int(c.fd), p[written:])
		if n > 0 {
			written += n
		}
		switch err {
		case nil, unix.EINTR:
		case unix.EAGAIN:
			return written, ErrWouldBlock
		default:
			return written, fmt.Errorf("write: %w", err)
		}
	}
	return written, nil
}

func (c *polled) WriteSoon(p []byte) error {
	_, err := c.TryWrite(p)
	return err
}

func (c *polled) Write(p []byte, timeout time.Duration) error {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	for {
		n, err := c.TryWrite(p)
		if err != ErrWouldBlock {
			return err
		}
		p = p[n:]
		c.mu.Lock()
		if c.closed {
			c.mu.Unlock()
			return net.ErrClosed
		}
		room := make(chan struct{})
		c.writable = room
		c.watch()
		c.mu.Unlock()
		select {
		case <-room:
		case <-timer.C:
			return os.ErrDeadlineExceeded
		}
	}
}

func (c *polled) Pause() { c.setPaused(true) }

func (c *polled) Resume() { c.setPaused(false) }

func (c *polled) setPaused(paused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.paused != paused && !c.closed {
		c.paused = paused
		c.watch()
	}
}

func (c *polled) Finish(timeout time.Duration) {
	if !c.enter() {
		return
	}
	err := unix.Shutdown(int(c.fd), unix.SHUT_WR)
	c.leave()
	if err != nil {
		c.Close()
		return
	}
	c.Resume()
	time.AfterFunc(timeout, c.Close)
}

func (c *polled) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closeLocked()
}

func (c *polled) closeLocked() {
	if c.closed {
		return
	}
	c.closed = true
	if c.writable != nil {
		close(c.writable)
		c.writable = nil
	}
	if c.watched {
		c.watched = false
		unix.EpollCtl(c.loop.fd, unix.EPOLL_CTL_DEL, int(c.fd), nil)
	}
	if c.started {
		c.loop.remove(c)
	}
	if c.users == 0 {
		c.release()
	}
}

// release closes the descriptor.
func (c *polled) release() {
	unix.Close(int(c.fd))
	if c.ended != nil {
		c.ended()
	}
}
