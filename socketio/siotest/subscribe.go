package siotest

import (
	"context"

	"github.com/madang-chat/madang/socketio"
)

// A Client is used by descriptors as the server's sockets are.
var (
	_ socketio.Emitter    = (*Client)(nil)
	_ socketio.Asker      = (*Client)(nil)
	_ socketio.Subscriber = (*Client)(nil)
)

// EmitEvent is how descriptors emit: Posted.Emit(kim, line).
func (c *Client) EmitEvent(o socketio.Outgoing) error {
	args, err := o.Args()
	if err != nil {
		return err
	}
	return c.send(packet{kind: kindEvent}, o.Name(), []any{args})
}

// AskEvent is how descriptors ask: Send.Ask(ctx, kim, line). The error is ErrEnded or that of ctx.
func (c *Client) AskEvent(ctx context.Context, o socketio.Outgoing) (socketio.Args, error) {
	args, err := o.Args()
	if err != nil {
		return socketio.Args{}, err
	}
	return c.TryAsk(ctx, o.Name(), args)
}

// OnEvent is how descriptors handle events: Confirm.On(kim, func(ctx, text) (bool, error)). From
// now on such events aren't shown to Expect and Next. Handlers of one client run one after the
// other, outside the goroutine of the test; ctx is that of the test. An error of one fails the
// test, and is no ack.
func (c *Client) OnEvent(event string, handle func(ctx context.Context, a socketio.Args) (reply any, err error)) {
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	c.handlers[event] = handle
}

// Receive waits for the next event, which must be e, and returns its payload.
func Receive[T any](c *Client, e socketio.Event[T]) (v T) {
	c.conn.t.Helper()
	got := c.take(e.Name())
	if got.Name != e.Name() {
		c.conn.t.Fatalf("siotest: got   %s\n         want  %s", got, e.Name())
	}
	var r reader
	e.On(&r, func(_ context.Context, payload T) error {
		v = payload
		return nil
	})
	if _, err := r.handle(c.conn.t.Context(), got.Args); err != nil {
		c.conn.t.Fatalf("siotest: decode %s into %T: %v", got, v, err)
	}
	return v
}

// A reader keeps the function that a descriptor decodes an event with.
type reader struct{ handle handler }

func (r *reader) OnEvent(_ string, handle handler) { r.handle = handle }

func (c *Client) handle(event string, handle handler, args socketio.Args, id uint64, asks bool) {
	reply, err := handle(c.conn.t.Context(), args)
	switch {
	case err != nil:
		c.conn.t.Errorf("siotest: the handler of %q: %v", event, err)
	case asks:
		// A client that has ended answers nothing.
		_ = c.send(packet{kind: kindAck, id: id, hasID: true}, "", replyValues(reply))
	}
}

func replyValues(reply any) []any {
	if _, none := reply.(socketio.None); none {
		return nil
	}
	return []any{reply}
}
