package socketio

import (
	"bytes"
	"io"
	"net"
	"os"
	"sync"
)

const (
	// tunnelWindow is how many bytes may wait in a tunnel for who reads them, in each direction.
	tunnelWindow = 256 << 10
	// tunnelChunk is the most that one message carries.
	tunnelChunk = 32 << 10
	// tunnelCount is where the numbers of messages begin again.
	tunnelCount = 1 << 30
)

// A tunnel is a net.Conn to another server. Bytes that wait are bounded by credit: each side may
// send as much as the other one has said that it has read.
type tunnel struct {
	all    *tunnels
	key    tunnelKey
	served bool // the other server has dialed it

	writing sync.Mutex // held while one Write says what it has, in order

	mu      sync.Mutex
	changed sync.Cond
	told    bool     // the other side knows it; guarded by mu
	chunks  [][]byte // unread; guarded by mu
	unread  int      // bytes of chunks; guarded by mu
	read    int      // bytes since the last credit; guarded by mu
	window  int      // what may still be sent; guarded by mu
	in, out int      // messages with data, up to tunnelCount; guarded by mu
	err     error    // how the other side has ended it; guarded by mu
	closed  bool     // by this side; guarded by mu
	readBy  deadline // guarded by mu
	writeBy deadline // guarded by mu
}

func newTunnel(all *tunnels, k tunnelKey) *tunnel {
	t := &tunnel{all: all, key: k, window: tunnelWindow}
	t.changed.L = &t.mu
	return t
}

// next waits for bytes and returns up to n of them.
func (t *tunnel) next(n int) ([]byte, error) {
	t.mu.Lock()
	for {
		switch {
		case t.closed:
			t.mu.Unlock()
			return nil, net.ErrClosed
		case t.readBy.passed():
			t.mu.Unlock()
			return nil, os.ErrDeadlineExceeded
		case len(t.chunks) > 0:
			p, credit := t.take(n)
			t.mu.Unlock()
			if credit > 0 {
				// When it is lost the other side waits until its deadline.
				t.all.say(t.key, &BusMessage{Event: tunnelCredit, Count: credit})
			}
			return p, nil
		case t.err != nil:
			err := t.err
			t.mu.Unlock()
			return nil, err
		}
		t.changed.Wait()
	}
}

// take needs mu.
func (t *tunnel) take(n int) (p []byte, credit int) {
	p = t.chunks[0]
	if len(p) > n {
		p, t.chunks[0] = p[:n], p[n:]
	} else {
		t.chunks[0] = nil
		t.chunks = t.chunks[1:]
	}
	t.unread -= len(p)
	if t.read += len(p); t.read >= tunnelWindow/2 && t.err == nil {
		credit, t.read = t.read, 0
	}
	return p, credit
}

func (t *tunnel) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	got, err := t.next(len(p))
	return copy(p, got), err
}

// WriteTo needs no buffer.
func (t *tunnel) WriteTo(w io.Writer) (n int64, err error) {
	for {
		p, err := t.next(tunnelChunk)
		if err == io.EOF {
			return n, nil
		} else if err != nil {
			return n, err
		}
		m, err := w.Write(p)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
}

func (t *tunnel) Write(p []byte) (n int, err error) {
	t.writing.Lock()
	defer t.writing.Unlock()
	for len(p) > 0 {
		m, size, err := t.room(len(p))
		if err != nil {
			return n, err
		}
		m.Args = bytesArgs(bytes.Clone(p[:size])) // the bus may keep it
		if err := t.all.say(t.key, m); err != nil {
			t.fail(err)
			return n, err
		}
		n, p = n+size, p[size:]
	}
	return n, nil
}

// room waits until something may be sent, and returns the message for it.
func (t *tunnel) room(most int) (m *BusMessage, size int, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for {
		switch {
		case t.closed:
			return nil, 0, net.ErrClosed
		case t.err == io.EOF:
			return nil, 0, io.ErrClosedPipe
		case t.err != nil:
			return nil, 0, t.err
		case t.writeBy.passed():
			return nil, 0, os.ErrDeadlineExceeded
		case t.window > 0:
			size = min(most, t.window, tunnelChunk)
			t.window -= size
			m = &BusMessage{Event: tunnelData, Count: t.out}
			if !t.told {
				m.Event, t.told = tunnelOpen, true
			}
			t.out = (t.out + 1) % tunnelCount
			return m, size, nil
		}
		t.changed.Wait()
	}
}

// Close drops what hasn't been read. What was written arrives.
func (t *tunnel) Close() error {
	t.mu.Lock()
	if t.closed {
		t.mu.Unlock()
		return net.ErrClosed
	}
	t.closed = true
	tell := t.told && t.err == nil
	t.chunks, t.unread = nil, 0
	t.rest()
	t.mu.Unlock()
	t.all.remove(t)
	if tell {
		t.all.sayEnd(t.key, "", endTries)
	}
	return nil
}

// rest wakes all and lets the timers go. It needs mu.
func (t *tunnel) rest() {
	for _, d := range []*deadline{&t.readBy, &t.writeBy} {
		if d.timer != nil && t.closed {
			d.timer.Stop()
		}
	}
	t.changed.Broadcast()
}

// data is what has come.
func (t *tunnel) data(m *BusMessage) {
	p := m.Args.bytes()
	t.mu.Lock()
	var err error
	switch {
	case t.closed || t.err != nil:
	case m.Count != t.in:
		err = errTunnelGap
	case t.unread+len(p) > tunnelWindow:
		err = errTunnelFlood
	default:
		t.in = (t.in + 1) % tunnelCount
		if len(p) > 0 {
			t.chunks = append(t.chunks, p)
			t.unread += len(p)
			t.changed.Broadcast()
		}
	}
	t.mu.Unlock()
	if err != nil {
		t.fail(err)
	}
}

// credit is how much more may be sent.
func (t *tunnel) credit(n int) {
	t.mu.Lock()
	flood := n <= 0 || n > tunnelWindow-t.window
	if !flood {
		t.window += n
		t.changed.Broadcast()
	}
	t.mu.Unlock()
	if flood {
		t.fail(errTunnelFlood)
	}
}

// ended is how the other side, or the way to it, has ended the tunnel. What has come can be read.
func (t *tunnel) ended(err error) {
	t.mu.Lock()
	if t.err == nil && !t.closed {
		t.err = err
		t.rest()
	}
	t.mu.Unlock()
	t.all.remove(t)
}

// fail is ended for what this side finds; the other one is told.
func (t *tunnel) fail(err error) {
	t.ended(err)
	t.all.sayEnd(t.key, err.Error(), endTries)
}
