package socketio

import (
	"errors"
	"net"
	"time"
)

// What a tunnel needs besides to be a net.Conn.

// A deadline wakes whoever waits.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

// set needs the tunnel's mu.
func (d *deadline) set(at time.Time, wake func()) {
	d.at = at
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	if left := time.Until(at); !at.IsZero() && left > 0 {
		d.timer = time.AfterFunc(left, wake)
	}
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func (t *tunnel) wake() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.changed.Broadcast()
}

func (t *tunnel) SetDeadline(at time.Time) error {
	return errors.Join(t.SetReadDeadline(at), t.SetWriteDeadline(at))
}

func (t *tunnel) SetReadDeadline(at time.Time) error { return t.set(&t.readBy, at) }

func (t *tunnel) SetWriteDeadline(at time.Time) error { return t.set(&t.writeBy, at) }

func (t *tunnel) set(d *deadline, at time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return net.ErrClosed
	}
	d.set(at, t.wake)
	t.changed.Broadcast()
	return nil
}

func (t *tunnel) LocalAddr() net.Addr  { return tunnelAddr(t.all.server.Name()) }
func (t *tunnel) RemoteAddr() net.Addr { return tunnelAddr(t.key.peer) }

// A tunnelAddr is the name of a server.
type tunnelAddr string

func (tunnelAddr) Network() string  { return "bus" }
func (a tunnelAddr) String() string { return string(a) }
