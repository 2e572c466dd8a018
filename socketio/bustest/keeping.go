package bustest

import (
	"context"
	"fmt"
	"time"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/siotest"
)

// A keepingTap taps a bus that keeps events.
type keepingTap struct{ *tap }

func (b keepingTap) Since(ctx context.Context, namespace, offset string, n int) ([]*socketio.BusMessage, error) {
	return b.Bus.(socketio.EventLog).Since(ctx, namespace, offset, n)
}

func (b keepingTap) SaveSession(ctx context.Context, namespace string, s *socketio.BusSession, keep time.Duration) error {
	return b.Bus.(socketio.SessionStore).SaveSession(ctx, namespace, s, keep)
}

func (b keepingTap) TakeSession(ctx context.Context, namespace, pid string) (*socketio.BusSession, error) {
	return b.Bus.(socketio.SessionStore).TakeSession(ctx, namespace, pid)
}

// keepers makes servers that recover clients, if the bus keeps events.
func (r *rig) keepers(o socketio.RecoveryOptions, names ...string) []*node {
	r.Helper()
	b := r.Bus()
	_, log := b.(socketio.EventLog)
	_, store := b.(socketio.SessionStore)
	r.needs(log && store, "bus that keeps events")
	r.more.Recovery = &o
	list := make([]*node, len(names))
	for i, name := range names {
		list[i] = r.node(name)
	}
	r.settle()
	return list
}

// A traveller is a client that goes from server to server.
type traveller struct {
	*siotest.Client
	at  *node
	nsp string
	// What it knows.
	id, pid, offset string
}

func (n *node) travel(nsp string) *traveller {
	n.T.Helper()
	n.Of(nsp)
	v := &traveller{Client: n.dial(nsp), at: n, nsp: nsp}
	v.id = v.ID()
	v.note()
	return v
}

func (v *traveller) note() {
	s := v.Session()
	v.pid = s["pid"]
	if s["offset"] != "" {
		v.offset = s["offset"]
	}
}

// lose breaks the connection. The server knows of it when it returns.
func (v *traveller) lose() {
	v.at.T.Helper()
	v.Drop()
	v.note()
	v.gone()
}

// leave says goodbye, after which nothing is kept.
func (v *traveller) leave() {
	v.at.T.Helper()
	v.Disconnect()
	v.gone()
}

// gone waits until the server has noticed that the client isn't there.
func (v *traveller) gone() {
	v.at.T.Helper()
	id := v.ID()
	v.at.eventually(func() error {
		if _, still := v.at.Of(v.nsp).Socket(id); still {
			return fmt.Errorf("server %s still has the socket %s", v.at.Server.Name(), id)
		}
		return nil
	})
}

// arrive connects to a server and reports whether the client is the same as before.
func (v *traveller) arrive(n *node) bool {
	n.T.Helper()
	v.note()
	return v.claims(n)
}

// claims connects to a server with what the client knows.
func (v *traveller) claims(n *node) bool {
	n.T.Helper()
	n.Of(v.nsp)
	v.at = n
	v.Client = siotest.Dial(n.T, n.Server, v.nsp, siotest.Options{Patience: n.Patience, Auth: map[string]string{"pid": v.pid, "offset": v.offset}})
	same := v.Session()["pid"] == v.pid && v.ID() == v.id
	if !same {
		v.id, v.pid, v.offset = v.ID(), "", ""
	}
	v.note()
	return same
}

// arrives is arrive for a client that has to be the same.
func (v *traveller) arrives(n *node) {
	n.T.Helper()
	id := v.id
	if !v.arrive(n) {
		n.Fatalf("the client %s came to %s as another one, %s", id, n.Server.Name(), v.id)
	}
	so, ok := n.Of(v.nsp).Socket(v.id)
	if !ok || so.Recovery() != socketio.RecoveryFull {
		n.Fatalf("the socket at %s: %v", n.Server.Name(), ok)
	}
}

// begins is arrive for one that has to begin anew.
func (v *traveller) begins(n *node, why string) {
	n.T.Helper()
	if v.arrive(n) {
		n.Errorf("the client was recovered, although %s", why)
	}
}

// tries is claims for one of many that claim at a time.
func (v traveller) tries(n *node) bool {
	c, err := siotest.TryDial(n.T, n.Server, v.nsp, siotest.Options{Patience: n.Patience, Auth: map[string]string{"pid": v.pid, "offset": v.offset}})
	return err == nil && c.ID() == v.id
}
