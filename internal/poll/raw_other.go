//go:build !unix

package poll

import (
	"net"
	"syscall"
)

func rawConn(net.Conn) syscall.RawConn { return nil }

func (c *Conn) readRaw() error { panic("poll: no descriptors on this system") }

// TryWrite always returns ErrWouldBlock here: Write does the work.
func (c *Conn) TryWrite([]byte) (int, error) { return 0, ErrWouldBlock }
