package siotest

import (
	"encoding/json"
	"fmt"
	"time"
)

func (c *conn) sendPacket(p packet) {
	if c.parser != nil {
		c.encode(p)
		return
	}
	c.sendMessage(p.text(), p.attachments...)
}

// sendMessage sends a text message of the engine, unless it is empty, and binary ones behind it.
func (c *conn) sendMessage(text string, attachments ...[]byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if text != "" || len(attachments) == 0 {
		c.note("→", text)
		c.out = append(c.out, frame(opText, []byte("4"+text)))
	}
	for _, a := range attachments {
		c.note("→", fmt.Sprintf("%x", a))
		if c.v3 {
			a = append([]byte{4}, a...)
		}
		c.out = append(c.out, frame(opBinary, a))
	}
	c.wake()
}

// text takes a packet of the engine.
func (c *conn) text(s string, part **packet) error {
	if s == "" {
		return fmt.Errorf("siotest: empty packet of the engine")
	}
	switch s[0] {
	case '0':
		return c.hello(s[1:])
	case '1':
		return fmt.Errorf("closed by the server")
	case '2':
		c.send(opText, []byte("3"+s[1:]))
	case '4':
		c.mu.Lock()
		c.note("←", s[1:])
		c.mu.Unlock()
		if c.decoder != nil {
			return c.decode([]byte(s[1:]), false)
		}
		p, err := parsePacket(s[1:])
		if err != nil {
			return err
		}
		if p.missing > 0 {
			*part = &p
			return nil
		}
		return c.receive(&p)
	}
	return nil
}

func (c *conn) binary(data []byte, part **packet) error {
	if c.v3 && len(data) > 0 {
		data = data[1:]
	}
	c.mu.Lock()
	c.note("←", fmt.Sprintf("%x", data))
	c.mu.Unlock()
	if c.decoder != nil {
		return c.decode(data, true)
	}
	p := *part
	if p == nil {
		return fmt.Errorf("siotest: binary without a packet that announces it")
	}
	p.attachments = append(p.attachments, data)
	if p.missing--; p.missing > 0 {
		return nil
	}
	*part = nil
	return c.receive(p)
}

// hello takes the open packet. Clients of revision 3 ping by themselves.
func (c *conn) hello(s string) error {
	var open struct {
		SID          string
		PingInterval int64
	}
	if err := json.Unmarshal([]byte(s), &open); err != nil {
		return fmt.Errorf("siotest: open packet %q: %w", s, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sid = open.SID
	if c.v3 && !c.over {
		interval := time.Duration(open.PingInterval) * time.Millisecond
		c.beat = time.AfterFunc(interval, func() { c.ping(interval) })
	}
	c.notify()
	return nil
}

func (c *conn) ping(interval time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if c.gate == nil {
		c.out = append(c.out, frame(opText, []byte("2")))
		c.wake()
	}
	c.beat.Reset(interval)
}
