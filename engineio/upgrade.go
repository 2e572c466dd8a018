package engineio

import (
	"errors"
	"time"

	"github.com/madang-chat/madang/internal/ws"
)

// noopInterval is how often a waiting polling request is released during an upgrade, so that the client can finish it.
const noopInterval = 100 * time.Millisecond

var errBadProbe = errors.New("engineio: unexpected packet during the upgrade")

// An upgrade is a WebSocket that wants to replace the polling of its session: the client sends "2probe", is answered
// "3probe", and sends "5" when it has stopped polling (docs/engine.io-protocol, "Upgrade").
type upgrade struct {
	conn     *wsConn
	probed   bool // only the reading goroutine uses it
	deadline time.Time
	timer    *time.Timer
}

var probeAnswer = ws.AppendFrame(nil, ws.Text, []byte("3probe"))

// startUpgrade begins to listen on a second connection of the session, or closes it when there can be none.
func (s *Socket) startUpgrade(c *wsConn, first []byte) {
	c.socket = s
	u := &upgrade{conn: c, deadline: time.Now().Add(s.server.opts.UpgradeTimeout)}
	c.upgrade = u
	s.mu.Lock()
	refused := s.ws != nil || s.probe != nil || s.state.Load() != stateOpen || s.server.opts.DisableUpgrades
	if !refused {
		s.probe = c
		u.timer = time.AfterFunc(min(noopInterval, s.server.opts.UpgradeTimeout), u.tick)
	}
	s.mu.Unlock()
	if refused {
		c.over = true
		c.end(true)
	}
	c.conn.Start(c, first)
}

// tick releases a waiting request and watches the time.
func (u *upgrade) tick() {
	s := u.conn.socket
	s.mu.Lock()
	if s.probe != u.conn {
		s.mu.Unlock()
		return
	}
	left := time.Until(u.deadline)
	if left <= 0 {
		s.probe = nil
		s.mu.Unlock()
		u.abandonConn()
		return
	}
	if s.get != nil && s.queue.Len() == 0 && s.state.Load() == stateOpen {
		s.pushControl(noopPacket)
	}
	u.timer.Reset(min(noopInterval, left))
	s.mu.Unlock()
}

// message handles what arrives on the probing connection.
func (u *upgrade) message(p []byte, binary bool) error {
	switch {
	case !binary && !u.probed && string(p) == "2probe":
		u.probed = true
		if o := u.conn.socket.server.opts.Observer; o != nil {
			o.Upgrading(u.conn.socket)
		}
		return u.conn.conn.WriteSoon(probeAnswer)
	case !binary && u.probed && len(p) > 0 && p[0] == typeUpgrade:
		return u.complete()
	}
	return errBadProbe
}

// complete makes the connection the transport of the session.
func (u *upgrade) complete() error {
	c, s := u.conn, u.conn.socket
	s.mu.Lock()
	if s.probe != c || s.receiving || s.post != nil {
		// The client must have finished its requests before.
		s.mu.Unlock()
		return errBadProbe
	}
	s.receiving = true
	s.probe, s.ws = nil, c
	c.upgrade = nil
	u.timer.Stop()
	if s.get != nil {
		s.get.mismatch = true
		s.get.release(nil)
		s.get = nil
	}
	if s.paused {
		c.conn.Pause()
	}
	if s.state.Load() == stateClosing {
		c.over = true
		s.endLocked(closing{reason: ReasonForcedClose}, true, closePacket) // what is queued leaves first
	} else {
		if s.queue.Len() > 0 {
			s.wake(0)
		}
		s.mu.Unlock()
	}
	if o := s.server.opts.Observer; o != nil {
		o.Upgraded(s)
	}
	return nil
}

// fail ends the attempt; the session stays on polling. The reading goroutine calls it.
func (u *upgrade) fail() {
	u.conn.over = true
	u.conn.socket.mu.Lock()
	if u.conn.socket.probe == u.conn {
		u.conn.socket.probe = nil
	}
	u.conn.socket.mu.Unlock()
	u.abandonConn()
}

// abandon closes the connection of an attempt whose session has ended.
func (c *wsConn) abandon() { c.end(true) }

func (u *upgrade) abandonConn() {
	if u.timer != nil {
		u.timer.Stop()
	}
	u.conn.end(true)
}
