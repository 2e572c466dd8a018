package engineio

import (
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/internal/poll"
)

// A slowConn is a connection whose small writes take as long as the test likes. It remembers all
// that was written.
type slowConn struct {
	during func() // is called while WriteSoon writes

	mu      sync.Mutex
	written []byte // the first byte of each frame; guarded by mu
}

func (c *slowConn) note(p []byte) {
	c.mu.Lock()
	c.written = append(c.written, p[0])
	c.mu.Unlock()
}

func (c *slowConn) frames() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.written)
}

func (c *slowConn) WriteSoon(p []byte) error {
	if f := c.during; f != nil {
		c.during = nil
		f()
	}
	c.note(p)
	return nil
}

func (c *slowConn) TryWrite(p []byte) (int, error) {
	c.note(p)
	return len(p), nil
}

func (c *slowConn) TryWriteAhead(p []byte) (int, error) { return c.TryWrite(p) }

func (c *slowConn) Start(poll.Handler, []byte)        {}
func (c *slowConn) Write([]byte, time.Duration) error { return nil }
func (c *slowConn) Pause()                            {}
func (c *slowConn) Resume()                           {}
func (c *slowConn) Finish(time.Duration)              {}
func (c *slowConn) Close()                            {}

type deaf struct{}

func (deaf) Message([]byte, bool) {}
func (deaf) Closed(Reason, error) {}

const (
	wireText  = 0x81
	wireClose = 0x88
	wirePong  = 0x8a
)

// While a WebSocket probes, its reader answers and anybody may end its session. Nothing follows the
// close frame, and there is one.
func TestNothingFollowsTheCloseFrame(t *testing.T) {
	server := New(Options{Logger: slog.New(slog.DiscardHandler)}, nil)
	defer server.Close()
	begin := func() (*Socket, *wsConn, *slowConn) {
		s := &Socket{server: server, id: t.Name(), protocol: 4, receiver: deaf{}}
		server.register(s)
		c := &wsConn{conn: new(slowConn)}
		s.startUpgrade(c, nil)
		return s, c, c.conn.(*slowConn)
	}
	probe := func(c *wsConn) error { return c.Message([]byte("2probe"), false) }
	tests := []struct {
		name string
		run  func(s *Socket, c *wsConn, conn *slowConn)
		want []byte
	}{
		{"the session ends while the probe is answered", func(s *Socket, c *wsConn, conn *slowConn) {
			conn.during = s.Discard
			probe(c)
		}, []byte{wireText, wireClose}},
		{"the session ends while a ping is answered", func(s *Socket, c *wsConn, conn *slowConn) {
			conn.during = s.Discard
			c.pong(nil)
		}, []byte{wirePong, wireClose}},
		{"the session has ended before the probe", func(s *Socket, c *wsConn, conn *slowConn) {
			s.Discard()
			if probe(c) == nil {
				t.Error("the reading goes on")
			}
			c.pong(nil)
		}, []byte{wireClose}},
		{"the client answers the close frame", func(s *Socket, c *wsConn, conn *slowConn) {
			s.Discard()
			c.Control(8, nil)
			c.Closed(nil)
		}, []byte{wireClose}},
		{"the attempt fails while the session ends", func(s *Socket, c *wsConn, conn *slowConn) {
			s.mu.Lock()
			u := c.upgrade
			s.mu.Unlock()
			u.fail()
			s.Discard()
			u.fail()
		}, []byte{wireClose}},
		{"the time is up while the probe is answered", func(s *Socket, c *wsConn, conn *slowConn) {
			u := c.upgrade
			conn.during = func() { u.deadline = time.Now(); u.tick() }
			probe(c)
		}, []byte{wireText, wireClose}},
		{"the time is up and the client answers", func(s *Socket, c *wsConn, conn *slowConn) {
			c.upgrade.deadline = time.Now()
			c.upgrade.tick()
			c.Control(8, nil)
			c.Closed(nil)
		}, []byte{wireClose}},
		{"a refused attempt", func(s *Socket, c *wsConn, conn *slowConn) {
			second := &wsConn{conn: conn}
			s.startUpgrade(second, nil)
			second.Data([]byte("whatever"))
			second.Control(8, nil)
			second.Closed(nil)
		}, []byte{wireClose}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s, c, conn := begin()
			test.run(s, c, conn)
			if got := conn.frames(); !slices.Equal(got, test.want) {
				t.Errorf("frames %#x, want %#x", got, test.want)
			}
			s.Discard()
		})
	}
}
