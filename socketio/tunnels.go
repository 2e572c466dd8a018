package socketio

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// mostTunnels is how many requests and WebSockets a server forwards and serves for others at a
// time, together.
const mostTunnels = 100_000

// tunnels are connections to other servers, each of which carries one request to the owner of its
// session, and the answer back (docs/decisions/any-server.md). Messages of the kind BusTunnel are
// what is said in them; a tunnel in which one is missing has ended.
type tunnels struct {
	server *Server
	most   int // of open

	mu     sync.Mutex
	open   map[tunnelKey]*tunnel // guarded by mu
	over   bool                  // guarded by mu
	served int                   // of open, those that others have dialed; guarded by mu
	idle   chan struct{}         // not nil: closed when served is 0; guarded by mu
}

// A tunnelKey is the other server and what the one that dialed has called the tunnel.
type tunnelKey struct{ peer, id string }

// What a BusTunnel message is, its Event.
const (
	tunnelOpen   = "open" // and the first data
	tunnelData   = "data" // Count: the number of this message in the tunnel
	tunnelCredit = "credit"
	tunnelEnd    = "end" // nothing comes any more; Failure: something is missing
)

var (
	errTunnelsFull = fmt.Errorf("socketio: too many forwarded requests: %w", ErrSlow)
	errTunnelsOff  = errors.New("the server doesn't set ForwardSessions")
	errOwnerLeft   = errors.New("socketio: the other server has left the cluster")
	errTunnelGap   = errors.New("socketio: what another server forwards has come incomplete")
	errTunnelFlood = errors.New("socketio: another server forwards more than it may")
)

// dial makes a tunnel to another server, which is told with the first Write.
func (ts *tunnels) dial(peer string) (net.Conn, error) {
	t := newTunnel(ts, tunnelKey{peer, newName()})
	if err := ts.add(t); err != nil {
		return nil, err
	}
	return t, nil
}

func (ts *tunnels) add(t *tunnel) error {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	switch {
	case ts.over:
		return errBusStopped
	case len(ts.open) >= ts.most:
		return errTunnelsFull
	case ts.open[t.key] != nil:
		return errTunnelGap
	}
	if ts.open == nil {
		ts.open = make(map[tunnelKey]*tunnel)
	}
	ts.open[t.key] = t
	if t.served {
		ts.served++
	}
	return nil
}

func (ts *tunnels) remove(t *tunnel) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.open[t.key] != t {
		return
	}
	delete(ts.open, t.key)
	if t.served {
		ts.served--
	}
	if ts.served == 0 && ts.idle != nil {
		close(ts.idle)
		ts.idle = nil
	}
}

func (ts *tunnels) find(k tunnelKey) *tunnel {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	return ts.open[k]
}

// receive doesn't block.
func (ts *tunnels) receive(m *BusMessage) {
	k := tunnelKey{m.From, m.Request}
	if k.peer == "" || k.id == "" {
		return
	}
	if m.Event == tunnelOpen {
		ts.accept(k, m)
		return
	}
	t := ts.find(k)
	if t == nil {
		if m.Event != tunnelEnd {
			ts.sayEnd(k, errTunnelGap.Error(), 0)
		}
		return
	}
	switch m.Event {
	case tunnelData:
		t.data(m)
	case tunnelCredit:
		t.credit(m.Count)
	case tunnelEnd:
		err := io.EOF
		if m.Failure != "" {
			err = fmt.Errorf("%w: %.200s", errTunnelGap, m.Failure)
		}
		t.ended(err)
	}
}

func (ts *tunnels) accept(k tunnelKey, m *BusMessage) {
	err := errTunnelsOff
	if ts.server.opts.ForwardSessions {
		t := newTunnel(ts, k)
		t.served, t.told = true, true
		if err = ts.add(t); err == nil {
			t.data(m)
			ts.server.engine.ServeForwarded(t)
			return
		}
	}
	ts.sayEnd(k, err.Error(), endTries)
}

func (ts *tunnels) say(k tunnelKey, m *BusMessage) error {
	m.Kind, m.From, m.To, m.Request = BusTunnel, ts.server.Name(), k.peer, k.id
	return ts.server.opts.Bus.Publish(m)
}

// endTries is how often an end is said again that a bus doesn't take: who waits for it may wait
// long.
const endTries = 10

func (ts *tunnels) sayEnd(k tunnelKey, failure string, tries int) {
	err := ts.say(k, &BusMessage{Event: tunnelEnd, Failure: failure})
	if err != nil && tries > 0 && !errors.Is(err, ErrClosed) {
		time.AfterFunc(time.Second, func() { ts.sayEnd(k, failure, tries-1) })
	}
}

// left ends those to a server that has gone. It is told, as it may have been cut off alone: when it
// is back it would wait in them.
func (ts *tunnels) left(peer string) {
	for _, t := range ts.all() {
		if t.key.peer == peer {
			t.fail(errOwnerLeft)
		}
	}
}

func (ts *tunnels) all() (list []*tunnel) {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for _, t := range ts.open {
		list = append(list, t)
	}
	return list
}

// close ends all, and tells the others.
func (ts *tunnels) close() {
	ts.mu.Lock()
	ts.over = true
	ts.mu.Unlock()
	for _, t := range ts.all() {
		t.Close()
	}
}

// wait waits until no request of another server is being served.
func (ts *tunnels) wait(ctx context.Context) {
	ts.mu.Lock()
	if ts.served == 0 {
		ts.mu.Unlock()
		return
	}
	if ts.idle == nil {
		ts.idle = make(chan struct{})
	}
	idle := ts.idle
	ts.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}

// bytesArgs are bytes as a Bus carries them: the one binary argument.
func bytesArgs(p []byte) Args {
	return Args{raw: []byte(`{"_placeholder":true,"num":0}`), attachments: [][]byte{p}}
}

func (a Args) bytes() []byte {
	if len(a.attachments) != 1 {
		return nil
	}
	return a.attachments[0]
}
