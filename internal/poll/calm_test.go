package poll_test

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
)

// A rogue is a connection of which one method panics, with an error that panics too, or returns
// such an error.
type rogue struct {
	net.Conn
	method string
}

func (r rogue) Error() string { panic(r) }

func (r rogue) in(method string) {
	if r.method == method || r.method == "all" {
		panic(r)
	}
}

func (r rogue) Read(p []byte) (int, error) {
	r.in("Read")
	n, err := r.Conn.Read(p)
	switch {
	case r.method == "too much":
		n, err = len(p)+1, io.EOF
	case r.method == "less than nothing":
		n, err = -1, io.EOF
	case err != nil && r.method == "error":
		err = r
	}
	return n, err
}

func (r rogue) Write(p []byte) (int, error) { r.in("Write"); return r.Conn.Write(p) }
func (r rogue) Close() error                { defer r.in("Close"); return r.Conn.Close() }
func (r rogue) CloseWrite() error           { r.in("CloseWrite"); return nil }
func (r rogue) SetWriteDeadline(t time.Time) error {
	r.in("SetWriteDeadline")
	return r.Conn.SetWriteDeadline(t)
}

func TestConnectionsThatPanic(t *testing.T) {
	for _, method := range strings.Split("Read,Write,Close,CloseWrite,SetWriteDeadline,all,error,too much,less than nothing", ",") {
		t.Run(method, func(t *testing.T) {
			server, client := net.Pipe()
			defer client.Close()
			go io.Copy(io.Discard, client)
			var p poll.Poller
			defer p.Close()
			c := p.Conn(rogue{server, method})
			r := &reader{conn: c, ended: make(chan error, 4)}
			c.Start(r, nil)
			if err := c.Write([]byte("x"), time.Second); err == nil && method == "Write" {
				t.Error("no error")
			}
			go client.Write([]byte("x"))
			c.Finish(time.Second)
			time.AfterFunc(10*time.Millisecond, func() { client.Close() })
			_ = r.end(t).Error()
			c.Close()
		})
	}
}
