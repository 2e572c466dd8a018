package poll_test

import (
	"net"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
)

// A counted connection counts its ends, however they come.
type counted struct {
	*net.TCPConn
	released atomic.Bool
	ends     atomic.Int32
}

func (c *counted) TCP() *net.TCPConn { return c.TCPConn }

func (c *counted) Release() func() {
	c.released.Store(true)
	return func() { c.ends.Add(1) }
}

func (c *counted) Close() error {
	c.ends.Add(1)
	return c.TCPConn.Close()
}

// eventLoop says that this system has one.
var eventLoop = runtime.GOOS == "linux"

func TestCountedConnectionTellsItsEndOnce(t *testing.T) {
	var poller poll.Poller
	defer poller.Close()
	for _, parked := range []bool{false, true} {
		server, client := tcpPair(t)
		c := &counted{TCPConn: server.(*net.TCPConn)}
		open := poller.Conn
		if parked {
			open = poller.Parked
		}
		r := &reader{ended: make(chan error, 1)}
		r.conn = open(c)
		r.conn.Start(r, nil)
		if loop := eventLoop && !parked; c.released.Load() != loop {
			t.Errorf("in an event loop: %v, want %v", !loop, loop)
		}
		client.Write([]byte("x"))
		for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
			r.mu.Lock()
			n := len(r.got)
			r.mu.Unlock()
			if n == 1 {
				break
			}
			if time.Now().After(end) {
				t.Fatal("nothing came")
			}
		}
		if n := c.ends.Load(); n != 0 {
			t.Errorf("ended %d times while it is open", n)
		}
		r.conn.Close()
		r.conn.Close()
		<-r.ended
		for end := time.Now().Add(patience); c.ends.Load() == 0 && time.Now().Before(end); {
			time.Sleep(time.Millisecond)
		}
		if n := c.ends.Load(); n == 0 || n != 1 && eventLoop && !parked {
			t.Errorf("ended %d times", n)
		}
		client.Close()
	}
}
