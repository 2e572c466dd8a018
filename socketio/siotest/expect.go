package siotest

import (
	"time"

	"github.com/madang-chat/madang/socketio"
)

// An Event is an event that the server sent.
type Event struct {
	Name string
	Args socketio.Args
	Asks bool // the server waits for Reply

	client *Client
	id     uint64
}

// String shows the event as name and JSON.
func (e Event) String() string { return e.Name + " " + describe(e.Args) }

// Reply answers an event that the server asks. It fails the test when it doesn't wait for an
// answer.
func (e Event) Reply(args ...any) {
	t := e.client.conn.t
	t.Helper()
	if !e.Asks {
		t.Fatalf("siotest: reply to %s: the server doesn't wait for one", e)
	}
	if err := e.client.send(packet{kind: kindAck, id: e.id, hasID: true}, "", args); err != nil {
		t.Fatalf("siotest: reply to %s: %v", e, err)
	}
}

// Next waits for the next event. None within Options.Patience, or the end of the client, fails the
// test.
func (c *Client) Next() Event {
	c.conn.t.Helper()
	return c.take("an event")
}

// Expect waits for the next event and compares it: its name, and all its arguments as JavaScript
// sees them, so that structs, maps and raw JSON of the same content are equal. Any stands for any
// value.
func (c *Client) Expect(event string, want ...any) Event {
	c.conn.t.Helper()
	wanted, err := normal(want...)
	if err != nil {
		c.conn.t.Fatalf("siotest: expect %q: %v", event, err)
	}
	e := c.take(event + " " + text(wanted))
	got, err := e.Args.Values()
	if err != nil || e.Name != event || !equal(got, wanted) {
		c.conn.t.Fatalf("siotest: got   %s\n         want  %s %s", e, event, text(wanted))
	}
	return e
}

// ExpectReply asks and compares the ack in the way of Expect.
func (c *Client) ExpectReply(event string, args []any, want ...any) {
	c.conn.t.Helper()
	wanted, err := normal(want...)
	if err != nil {
		c.conn.t.Fatalf("siotest: reply to %q: %v", event, err)
	}
	reply := c.Ask(event, args...)
	if got, err := reply.Values(); err != nil || !equal(got, wanted) {
		c.conn.t.Fatalf("siotest: reply to %s\n         got   %s\n         want  %s", event, describe(reply), text(wanted))
	}
}

// ExpectNone waits that long and fails the test when an event has come. Within synctest the wait
// costs nothing and is exact; elsewhere rather Ask something whose answer comes behind the event
// that is feared, and wait for 0.
func (c *Client) ExpectNone(wait time.Duration) {
	c.conn.t.Helper()
	time.Sleep(wait)
	c.conn.mu.Lock()
	defer c.conn.mu.Unlock()
	if len(c.events) > 0 {
		c.conn.t.Fatalf("siotest: got %s, want no event", c.events[0])
	}
}

func (c *Client) take(want string) (e Event) {
	c.conn.t.Helper()
	found := false
	came := c.conn.await(func() bool {
		if len(c.events) > 0 {
			e, c.events = c.events[0], c.events[1:]
			found = true
		}
		return found || c.ended() != ""
	})
	switch {
	case found:
	case came:
		c.conn.t.Fatalf("siotest: want %s, but the client has ended%s", want, c.conn.history())
	default:
		c.conn.t.Fatalf("siotest: want %s, but nothing came within %v%s", want, c.conn.patience, c.conn.history())
	}
	return e
}

// describe shows arguments as JSON.
func describe(a socketio.Args) string {
	values, err := a.Values()
	if err != nil {
		return err.Error()
	}
	return text(values)
}
