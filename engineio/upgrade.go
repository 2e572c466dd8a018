package engineio

import (
	"errors"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/ws"
)

// noopInterval is how often a waiting polling request is released during an upgrade, so that the
// client can finish it.
const noopInterval = 100 * time.Millisecond

var errBadProbe = errors.New("engineio: unexpected packet during the upgrade")

// An upgrade is a WebSocket that wants to replace the polling of its session: the client sends
// "2probe", is answered "3probe", and sends "5" when it has stopped polling
// (docs/engine.io-protocol, "Upgrade").
type upgrade struct {
	conn     *wsConn
	probed   bool // only the reading goroutine uses it
	deadline time.Time
	timer    *time.Timer
	turn     atomic.Uint32 // who writes
}

// While a connection probes, its reading goroutine answers and anybody may close it. These say
// whose turn it is, so that nothing gets behind the close frame.
const (
	turnFree     uint32 = iota
	turnReader          // the reading goroutine writes
	turnReversed        // and closes the connection then
	turnClosed
)

// write answers the client. Only the reading goroutine calls it.
func (u *upgrade) write(p []byte) error {
	if !u.turn.CompareAndSwap(turnFree, turnReader) {
		return errOver
	}
	err := u.conn.conn.WriteSoon(p)
	if !u.turn.CompareAndSwap(turnReader, turnFree) {
		u.turn.Store(turnClosed)
		u.conn.end(err == nil)
		return errOver
	}
	return err
}

// close closes the connection, once. It doesn't wait for the reading goroutine.
func (u *upgrade) close() {
	for {
		switch u.turn.Load() {
		case turnFree:
			if u.turn.CompareAndSwap(turnFree, turnClosed) {
				u.conn.end(true)
				return
			}
		case turnReader:
			if u.turn.CompareAndSwap(turnReader, turnReversed) {
				return
			}
		default:
			return
		}
	}
}

var probeAnswer = ws.AppendFrame(nil, ws.Text, []byte("3probe"))

// startUpgrade begins to listen on a second connection of the session, or closes it when there can
// be none.
func (s *Socket) startUpgrade(c *wsConn, first []byte) {
	c.socket = s
	u := &upgrade{conn: c, deadline: time.Now().Add(s.server.opts.UpgradeTimeout)}
	c.upgrade = u
	s.mu.Lock()
	refused := s.ws != nil || s.probe != nil || s.state.Load() != stateOpen || s.server.opts.DisableUpgrades
	if !refused {
		s.probe = u
		u.timer = time.AfterFunc(min(noopInterval, s.server.opts.UpgradeTimeout), u.tick)
	}
	s.mu.Unlock()
	if refused {
		c.over = true
		u.close()
	}
	c.conn.Start(c, first)
}

// tick releases a waiting request and watches the time.
func (u *upgrade) tick() {
	s := u.conn.socket
	s.mu.Lock()
	if s.probe != u {
		s.mu.Unlock()
		return
	}
	left := time.Until(u.deadline)
	if left <= 0 {
		s.probe = nil
		s.mu.Unlock()
		u.close()
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
	case !binary && string(p) == "2probe":
		if s := u.conn.socket; !u.probed {
			u.probed = true
			s.observe(s.server.opts.Observer.Upgrading)
		}
		return u.write(probeAnswer)
	case !binary && u.probed && len(p) > 0 && p[0] == typeUpgrade:
		return u.complete()
	}
	return errBadProbe
}

// complete makes the connection the transport of the session.
func (u *upgrade) complete() error {
	c, s := u.conn, u.conn.socket
	s.mu.Lock()
	if s.probe != u || s.receiving || s.post != nil {
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
		// What is queued leaves first.
		s.endLocked(closing{reason: ReasonForcedClose}, true, closePacket)
	} else {
		if s.queue.Len() > 0 {
			s.wake(0)
		}
		s.mu.Unlock()
		if r, ok := s.receiver.(UpgradeReceiver); ok {
			r.Upgraded()
		}
	}
	s.observe(s.server.opts.Observer.Upgraded)
	return nil
}

// fail ends the attempt; the session stays on polling. The reading goroutine calls it.
func (u *upgrade) fail() {
	u.conn.over = true
	u.conn.socket.mu.Lock()
	if u.conn.socket.probe == u {
		u.conn.socket.probe = nil
	}
	u.conn.socket.mu.Unlock()
	if u.timer != nil {
		u.timer.Stop()
	}
	u.close()
}
