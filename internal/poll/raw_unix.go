//go:build unix

package poll

import (
	"io"
	"net"
	"sync"
	"syscall"
)

var buffers = sync.Pool{New: func() any { return new([BufferSize]byte) }}

var writes = sync.Pool{New: func() any {
	w := new(write)
	w.try = w.attempt
	return w
}}

func rawConn(nc net.Conn) syscall.RawConn {
	if tcp, ok := nc.(*net.TCPConn); ok {
		if raw, err := tcp.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// readRaw holds a buffer only from the moment that there is something to read.
func (c *Conn) readRaw() error {
	var (
		buf *[BufferSize]byte
		n   int
		err error
	)
	read := func(fd uintptr) bool {
		if buf == nil {
			buf = buffers.Get().(*[BufferSize]byte)
		}
		for {
			n, err = syscall.Read(int(fd), buf[:])
			if err != syscall.EINTR {
				break
			}
		}
		if err == syscall.EAGAIN {
			buffers.Put(buf)
			buf = nil
			return false
		}
		return true
	}
	defer func() {
		if buf != nil {
			buffers.Put(buf)
		}
	}()
	for {
		if err := c.wait(); err != nil {
			return err
		}
		if err := c.raw.Read(read); err != nil {
			return err
		}
		if err != nil {
			return err
		}
		if n == 0 {
			return io.EOF
		}
		c.handler.Data(buf[:n])
		buffers.Put(buf)
		buf = nil
	}
}

// A write is one non-blocking attempt; kept in a pool so that its closure isn't made anew each time.
type write struct {
	p   []byte
	n   int
	err error
	try func(fd uintptr) bool
}

// TryWrite writes what the kernel takes without blocking. It returns ErrWouldBlock when that isn't all of p,
// and always for connections without a descriptor. Only one goroutine may write at a time.
func (c *Conn) TryWrite(p []byte) (int, error) {
	if c.raw == nil {
		return 0, ErrWouldBlock
	}
	w := writes.Get().(*write)
	w.p, w.n, w.err = p, 0, nil
	err := c.raw.Write(w.try)
	n := w.n
	if err == nil {
		err = w.err
	}
	w.p, w.err = nil, nil
	writes.Put(w)
	return n, err
}

func (w *write) attempt(fd uintptr) bool {
	for w.n < len(w.p) {
		n, err := syscall.Write(int(fd), w.p[w.n:])
		if n > 0 {
			w.n += n
		}
		switch err {
		case nil, syscall.EINTR:
		case syscall.EAGAIN:
			w.err = ErrWouldBlock
			return true
		default:
			w.err = err
			return true
		}
	}
	return true
}
