package siotest

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/madang-chat/madang/internal/serial"
	"github.com/madang-chat/madang/socketio"
)

// ErrEnded is what TryAsk returns when the client has ended before the answer came.
var ErrEnded = errors.New("siotest: the client has ended")

// A Client is a client in one namespace. What it receives waits until the test asks for it;
// heartbeats are answered by themselves. All methods may be called from any goroutine, but those
// that can fail the test only from the one of the test.
type Client struct {
	conn      *conn
	namespace string
	why       chan socketio.Reason // room for one: what OnDisconnect was told
	late      bool                 // OnDisconnect may have run already; not changed

	// Guarded by conn.mu:
	phase    phase
	taken    bool // the test has it
	id       string
	pid      string // of recovery, when events carry offsets
	offset   string // of the last event
	refusal  *DialError
	events   []Event
	next     uint64                          // ack id
	acks     map[uint64]chan<- socketio.Args // each with room for one
	handlers map[string]handler
	calls    serial.Queue[func()] // of handlers
}

type handler = func(ctx context.Context, a socketio.Args) (reply any, err error)

type phase uint8

const (
	dialing phase = iota
	joined
	left   // the client has disconnected
	kicked // the server has
)

func newClient(c *conn, namespace string) *Client {
	return &Client{
		conn: c, namespace: namespace, why: make(chan socketio.Reason, 1),
		acks: make(map[uint64]chan<- socketio.Args), handlers: make(map[string]handler),
	}
}

// active needs conn.mu.
func (c *Client) active() bool { return !c.conn.over && c.phase == joined }

// ended says how the client has ended, or nothing. It needs conn.mu.
func (c *Client) ended() string {
	switch {
	case c.phase == left:
		return "it has disconnected"
	case c.phase == kicked:
		return "the server has disconnected it"
	case c.conn.over:
		return c.conn.end
	}
	return ""
}

// ID is the id of the socket.
func (c *Client) ID() string {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	return c.id
}

// Session is what another client has to send as Auth, alone or among other fields, to continue this
// one; see socketio.Options.Recovery. It is nil without recovery.
func (c *Client) Session() map[string]string {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	if c.pid == "" {
		return nil
	}
	return map[string]string{"pid": c.pid, "offset": c.offset}
}

// Join connects to another namespace on the same connection. A refusal fails the test.
func (c *Client) Join(namespace string, auth any) *Client {
	c.conn.t.Helper()
	other, err := c.TryJoin(namespace, auth)
	if err != nil {
		c.conn.t.Fatalf("siotest: join %q: %v", namespace, err)
	}
	return other
}

// TryJoin is Join for a client that may be refused: the error is a *DialError then.
func (c *Client) TryJoin(namespace string, auth any) (*Client, error) {
	c.conn.t.Helper()
	return c.conn.join(namespace, auth)
}

// Emit sends an event. It doesn't wait. []byte anywhere in args travels as binary, as with the
// server.
func (c *Client) Emit(event string, args ...any) {
	c.conn.t.Helper()
	if err := c.send(packet{kind: kindEvent}, event, args); err != nil {
		c.conn.t.Fatalf("siotest: emit %q: %v", event, err)
	}
}

// Ask sends an event and waits for its ack. None within Options.Patience fails the test.
func (c *Client) Ask(event string, args ...any) socketio.Args {
	c.conn.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), c.conn.patience)
	defer cancel()
	reply, err := c.TryAsk(ctx, event, args...)
	if err != nil {
		c.conn.t.Fatalf("siotest: ask %q: %v%s", event, err, c.conn.history())
	}
	return reply
}

// TryAsk is Ask for a question that may stay without answer, and for other goroutines than that of
// the test. The error is ErrEnded or that of ctx.
func (c *Client) TryAsk(ctx context.Context, event string, args ...any) (socketio.Args, error) {
	answered := make(chan socketio.Args, 1)
	c.conn.mu.Lock()
	id := c.next
	c.next++
	c.acks[id] = answered
	c.conn.mu.Unlock()
	defer func() {
		c.conn.mu.Lock()
		delete(c.acks, id)
		c.conn.mu.Unlock()
	}()
	if err := c.send(packet{kind: kindEvent, id: id, hasID: true}, event, args); err != nil {
		return socketio.Args{}, err
	}
	for {
		c.conn.mu.Lock()
		ended, changed := c.ended() != "", c.conn.changed
		c.conn.mu.Unlock()
		select {
		case reply := <-answered:
			return reply, nil
		default:
		}
		if ended {
			return socketio.Args{}, ErrEnded
		}
		select {
		case reply := <-answered:
			return reply, nil
		case <-changed:
		case <-ctx.Done():
			return socketio.Args{}, ctx.Err()
		}
	}
}

// SendRaw sends a Socket.IO packet as it is, such as `2["x"]`, with its attachments. Once the
// connection has ended it does nothing.
func (c *Client) SendRaw(packet string, attachments ...[]byte) {
	c.conn.sendMessage(packet, attachments...)
}

// Packets lists the Socket.IO packets of the connection so far, of all its namespaces: those
// received with ← in front, those sent with →, attachments in hexadecimal.
func (c *Client) Packets() []string {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	return append([]string(nil), c.conn.log...)
}

// send sends an event or, when it has no name, an ack.
func (c *Client) send(p packet, event string, args []any) error {
	values, err := normal(args...)
	if err != nil {
		return err
	}
	p.namespace = c.namespace
	var name *string
	if p.kind == kindEvent {
		name = &event
	}
	p.setValues(name, values)
	c.conn.mu.Lock()
	ended := c.ended()
	c.conn.mu.Unlock()
	if ended != "" {
		return fmt.Errorf("%w: %s", ErrEnded, ended)
	}
	c.conn.sendPacket(p)
	return nil
}

// First decodes the first argument of an event or a reply, or fails the test.
func First[T any](t testing.TB, args socketio.Args) T {
	t.Helper()
	var v T
	if err := args.Decode(0, &v); err != nil {
		t.Fatalf("siotest: decode %s into %T: %v", describe(args), v, err)
	}
	return v
}
