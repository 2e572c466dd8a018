package engineio

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
)

// An ending conn notes how it is ended.
type endingConn struct {
	slowConn
	mu   sync.Mutex
	ends []string // guarded by mu
}

func (c *endingConn) end(how string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = append(c.ends, how)
}

func (c *endingConn) Finish(time.Duration) { c.end("Finish") }
func (c *endingConn) Close()               { c.end("Close") }

var _ poll.Conn = (*endingConn)(nil)

// Behind a client's close frame nothing comes: the connection needn't be read until it ends, which
// keeps bytes that are still on their way from being destroyed.
func TestWhoHasPartedIsNotWaitedFor(t *testing.T) {
	server := New(Options{Logger: slog.New(slog.DiscardHandler)}, nil)
	defer server.Close()
	tests := []struct {
		name string
		run  func(*Socket, *wsConn)
		want []string
	}{
		{"the client parts", func(_ *Socket, c *wsConn) { c.Control(8, []byte{3, 0xe8}) }, []string{"Close"}},
		{"the client parts without a code", func(_ *Socket, c *wsConn) { c.Control(8, nil) }, []string{"Close"}},
		{"the client parts while something is to be written", func(s *Socket, c *wsConn) {
			s.Send(Text("x"), Corked)
			s.Close()
			c.Control(8, nil)
			s.Flush()
		}, []string{"Close"}},
		{"the server parts", func(s *Socket, _ *wsConn) { s.Discard() }, []string{"Finish"}},
		{"the server parts behind a message", func(s *Socket, _ *wsConn) {
			s.Send(Text("x"), Corked)
			s.Close()
			s.Flush()
		}, []string{"Finish"}},
		{"a fault of the client", func(_ *Socket, c *wsConn) { c.fail(errDataOverlap) }, []string{"Finish"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			conn := new(endingConn)
			s := &Socket{server: server, id: t.Name(), protocol: 4, receiver: deaf{}}
			s.ws = &wsConn{socket: s, conn: conn}
			server.register(s)
			test.run(s, s.ws)
			got := func() []string {
				conn.mu.Lock()
				defer conn.mu.Unlock()
				return slices.Clone(conn.ends)
			}
			for end := time.Now().Add(30 * time.Second); len(got()) == 0 && time.Now().Before(end); {
				time.Sleep(time.Millisecond)
			}
			if !slices.Equal(got(), test.want) {
				t.Errorf("ended by %q, want %q", got(), test.want)
			}
			if len(conn.frames()) != 1 {
				t.Errorf("%d writes, want one", len(conn.frames()))
			}
		})
	}
}
