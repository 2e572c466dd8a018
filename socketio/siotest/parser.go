package siotest

import (
	"fmt"
	"math"

	"github.com/madang-chat/madang/socketio"
)

// limits are those of a client: what the server sends is what the test wants to see.
var limits = socketio.PacketLimits{Depth: 512, Attachments: 1000, Bytes: math.MaxInt32}

// decode takes a part with the parser of Options.
func (c *conn) decode(part []byte, binary bool) error {
	p, err := c.decoder(part, binary)
	if err != nil {
		return fmt.Errorf("siotest: the parser: %w", err)
	}
	if p == nil {
		return nil
	}
	got := &packet{kind: kindConnect + byte(p.Type), namespace: p.Namespace, data: p.Data, attachments: p.Attachments}
	if got.namespace == "" {
		got.namespace = "/"
	}
	if p.ID != nil {
		got.id, got.hasID = *p.ID, true
	}
	return c.receive(got)
}

// encode sends a packet with the parser of Options.
func (c *conn) encode(p packet) {
	own := socketio.Packet{
		Type: socketio.PacketType(p.kind - kindConnect), Namespace: p.namespace, Data: p.data, Attachments: p.attachments,
	}
	if p.hasID {
		own.ID = &p.id
	}
	text, binary, err := c.parser.Encode(&own)
	if err != nil {
		c.finish(fmt.Sprintf("the parser can't encode %s: %v", p.text(), err))
		return
	}
	c.sendMessage(string(text), binary...)
}
