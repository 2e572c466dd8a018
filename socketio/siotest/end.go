package siotest

import (
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// Disconnect leaves the namespace, as socket.disconnect() does in the browser. The connection stays
// open.
func (c *Client) Disconnect() {
	c.conn.mu.Lock()
	active := c.active()
	if active {
		c.phase = left
		c.conn.notify()
	}
	c.conn.mu.Unlock()
	if active {
		c.conn.sendPacket(packet{kind: kindDisconnect, namespace: c.namespace})
	}
}

// Close ends the connection of all its namespaces with a close frame, as a browser does when its
// page is left.
func (c *Client) Close() {
	c.conn.t.Helper()
	c.conn.mu.Lock()
	c.conn.open() // a paused client doesn't read the answer otherwise
	c.conn.mu.Unlock()
	c.conn.send(opClose, []byte{1000 >> 8, 1000 & 0xff})
	if !c.conn.await(func() bool { return c.conn.over }) {
		c.conn.t.Fatalf("siotest: the server doesn't answer the close frame within %v", c.conn.patience)
	}
}

// Drop ends the connection of all its namespaces without a word, as a broken network does.
func (c *Client) Drop() { c.conn.drop() }

// Pause stops the client: it reads nothing and answers no heartbeats, as a sleeping computer does.
// What the server sends then finds no buffer at all but its own.
func (c *Client) Pause() {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	c.conn.pause()
}

// Resume ends a pause.
func (c *Client) Resume() {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	c.conn.open()
}

// Connected reports whether the client is in its namespace, as far as it knows.
func (c *Client) Connected() bool {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	return c.active()
}

// Reason waits until the server has told OnDisconnect of the client's end, and returns what it
// told. The namespace's own OnDisconnect hooks have run then, if they were registered before the
// first Dial to that namespace. It fails the test when the server keeps the client for longer than
// Options.Patience.
func (c *Client) Reason() socketio.Reason {
	c.conn.t.Helper()
	timer := time.NewTimer(c.conn.patience)
	defer timer.Stop()
	if c.late {
		// It ended while it was being dialed: OnConnect refused it, or the server was closed.
		select {
		case why := <-c.why:
			c.why <- why
			return why
		default:
		}
		if c.conn.await(func() bool { return c.phase == kicked || c.conn.over }) {
			c.conn.mu.Lock()
			defer c.conn.mu.Unlock()
			if c.phase == kicked {
				return socketio.ReasonServerDisconnect
			}
			return socketio.ReasonShutdown
		}
	}
	select {
	case why := <-c.why:
		c.why <- why
		return why
	case <-timer.C:
		c.conn.t.Fatalf("siotest: the server hasn't ended the client within %v%s", c.conn.patience, c.conn.history())
		return ""
	}
}

// A recorder tells clients what OnDisconnect of their namespace was told.
type recorder struct {
	mu      sync.Mutex
	clients map[string]*Client // by id of the socket; guarded by mu
}

// recorders has one for each namespace that a running test has dialed, so that a thousand clients
// register one hook.
var recorders = struct {
	sync.Mutex
	of map[*socketio.Namespace]*recorder
}{of: make(map[*socketio.Namespace]*recorder)}

func recorderOf(t testing.TB, ns *socketio.Namespace) *recorder {
	recorders.Lock()
	defer recorders.Unlock()
	r := recorders.of[ns]
	if r == nil {
		r = &recorder{clients: make(map[string]*Client)}
		recorders.of[ns] = r
		ns.OnDisconnect(r.tell)
		t.Cleanup(func() {
			recorders.Lock()
			defer recorders.Unlock()
			delete(recorders.of, ns)
		})
	}
	return r
}

func (r *recorder) tell(s *socketio.Socket, why socketio.Reason) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.clients[s.ID()]; c != nil {
		delete(r.clients, s.ID())
		c.why <- why // room for one, and each socket is told once
	}
}

// watch arranges for Reason.
func (c *Client) watch() {
	ns := c.conn.server.Of(c.namespace)
	r := recorderOf(c.conn.t, ns)
	id := c.ID()
	r.mu.Lock()
	r.clients[id] = c
	r.mu.Unlock()
	s, ok := ns.Socket(id)
	c.late = !ok || !s.Connected()
}
