package poll

import (
	"errors"
	"net"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// A calmConn is a net.Conn that the application's listener or middleware may have made: a panic in
// there is an error of the network, as it would end the process from the goroutines that read and
// write here.
type calmConn struct{ nc net.Conn }

// Read adds little to a stack that waits as long as the connection lasts.
func (c calmConn) Read(p []byte) (n int, err error) {
	defer calm.Recover(&err)
	n, err = c.nc.Read(p)
	return max(0, min(n, len(p))), calm.Error(err)
}

func (c calmConn) Write(p []byte) error {
	return do(func() (err error) { _, err = c.nc.Write(p); return err })
}

func (c calmConn) CloseWrite() error {
	half, ok := c.nc.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return do(half.CloseWrite)
}

func (c calmConn) Close() { _ = do(c.nc.Close) }

func (c calmConn) SetWriteDeadline(t time.Time) {
	_ = do(func() error { return c.nc.SetWriteDeadline(t) })
}

func do(f func() error) (err error) {
	p := calm.Do(func() { err = calm.Error(f()) })
	if p != nil {
		return p
	}
	return err
}
