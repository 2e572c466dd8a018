package siotest

import (
	"encoding/json"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// receive settles a packet of the server.
func (c *conn) receive(p *packet) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	defer c.notify()
	client := c.clients[p.namespace]
	if client == nil {
		client = newClient(c, p.namespace) // revision 3 enters the main namespace without asking
		c.clients[p.namespace] = client
	}
	switch p.kind {
	case kindConnect:
		return client.accepted(p)
	case kindConnectError:
		client.refused(p)
	case kindDisconnect:
		client.phase = kicked
	case kindEvent, kindBinaryEvent:
		return client.event(p)
	case kindAck, kindBinaryAck:
		return client.ack(p)
	default:
		return fmt.Errorf("siotest: packet of unknown type %q", p.kind)
	}
	return nil
}

// These need conn.mu.

func (c *Client) accepted(p *packet) error {
	c.phase = joined
	if c.conn.v3 {
		if c.id = c.conn.sid; c.namespace != "/" {
			c.id = c.namespace + "#" + c.id
		}
		return nil
	}
	var answer struct{ SID, PID string }
	if err := json.Unmarshal(p.data, &answer); err != nil {
		return fmt.Errorf("siotest: answer to CONNECT %q: %w", p.data, err)
	}
	c.id, c.pid = answer.SID, answer.PID
	return nil
}

// refused takes a CONNECT_ERROR. Revision 3 carries the text or the data alone.
func (c *Client) refused(p *packet) {
	c.refusal = &DialError{}
	var body struct {
		Message *string
		Data    any
	}
	switch {
	case json.Unmarshal(p.data, &c.refusal.Message) == nil:
	case json.Unmarshal(p.data, &body) == nil && body.Message != nil:
		c.refusal.Message, c.refusal.Data = *body.Message, body.Data
	default:
		_ = json.Unmarshal(p.data, &c.refusal.Data) // parsePacket has checked it
	}
}

func (c *Client) event(p *packet) error {
	values, err := p.values()
	if err != nil {
		return err
	}
	if len(values) == 0 {
		return fmt.Errorf("siotest: event without a name: %s", p.text())
	}
	name, values := fmt.Sprint(values[0]), values[1:]
	if c.pid != "" && !p.hasID && len(values) > 0 {
		if offset, ok := values[len(values)-1].(string); ok {
			c.offset, values = offset, values[:len(values)-1]
		}
	}
	args, err := socketio.ArgsOf(values...)
	if err != nil {
		return err
	}
	if handle := c.handlers[name]; handle != nil {
		id, asks := p.id, p.hasID
		c.conn.handling.Add(1)
		c.calls.Add(0, func(call func()) { call() }, func() {
			defer c.conn.handling.Done()
			c.handle(name, handle, args, id, asks)
		})
		return nil
	}
	c.events = append(c.events, Event{Name: name, Args: args, Asks: p.hasID, client: c, id: p.id})
	return nil
}

func (c *Client) ack(p *packet) error {
	values, err := p.values()
	if err != nil {
		return err
	}
	args, err := socketio.ArgsOf(values...)
	if err != nil {
		return err
	}
	if answered := c.acks[p.id]; answered != nil {
		delete(c.acks, p.id)
		answered <- args
	}
	return nil
}
