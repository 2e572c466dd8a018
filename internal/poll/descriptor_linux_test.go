//go:build !parked

package poll_test

import (
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/madang-chat/madang/internal/poll"
)

// Whoever has a duplicate of the descriptor may have made both blocking.
func TestBlockingDescriptor(t *testing.T) {
	server, client := tcpPair(t)
	defer client.Close()
	f, err := server.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var poller poll.Poller
	defer poller.Close()
	r := &reader{conn: poller.Conn(server), ended: make(chan error, 1)}
	r.conn.Start(r, nil)
	if err := unix.SetNonblock(int(f.Fd()), false); err != nil {
		t.Fatal(err)
	}
	tried := make(chan error)
	go func() {
		_, err := r.conn.TryWrite(make([]byte, 64<<20))
		tried <- err
	}()
	select {
	case err := <-tried:
		if err != poll.ErrWouldBlock {
			t.Error(err)
		}
	case <-time.After(patience):
		t.Error("it blocks")
	}
	runtime.GC()
	r.conn.Close()
	r.end(t)
}

// exiting ends the goroutine that tells it of the end, when it has opened files.
type exiting struct{ files chan []*os.File }

func (e exiting) Data([]byte) {}

func (e exiting) Closed(error) {
	defer runtime.Goexit()
	var all []*os.File
	for range 8 {
		if f, err := os.Open(os.DevNull); err == nil {
			all = append(all, f)
		}
	}
	e.files <- all
}

// Descriptors are closed once, as others soon have their numbers.
func TestGoexitAtTheEndOfALoop(t *testing.T) {
	for range 20 {
		server, client := tcpPair(t)
		var poller poll.Poller
		e := exiting{make(chan []*os.File, 1)}
		c := poller.Conn(server)
		c.Start(e, nil)
		poller.Close()
		time.Sleep(5 * time.Millisecond)
		c.Close()
		files := <-e.files
		time.Sleep(20 * time.Millisecond) // passing too early proves nothing wrong
		for _, f := range files {
			var st unix.Stat_t
			if err := unix.Fstat(int(f.Fd()), &st); err != nil {
				t.Errorf("somebody closed descriptor %d: %v", f.Fd(), err)
			}
			f.Close()
		}
		client.Close()
	}
}
