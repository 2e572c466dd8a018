package siotest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// A conn is one connection with the clients of its namespaces. One goroutine reads and one writes; both end with the pipe.
type conn struct {
	t        testing.TB
	server   *socketio.Server
	pipe     net.Conn
	v3       bool
	patience time.Duration
	parser   socketio.Parser  // nil for JSON
	decoder  socketio.Decoder // of that; of the reading goroutine
	running  sync.WaitGroup   // reader and writer
	handling sync.WaitGroup   // handlers
	outgoing chan struct{}    // room for one: something is in out

	mu      sync.Mutex
	changed chan struct{}      // closed and replaced when anything below changes; guarded by mu
	clients map[string]*Client // by namespace; guarded by mu
	out     [][]byte           // frames; guarded by mu
	log     []string           // of Packets; guarded by mu
	sid     string             // of the connection; guarded by mu
	entered bool               // a client of revision 3 has taken the main namespace; guarded by mu
	gate    chan struct{}      // not nil while paused; guarded by mu
	over    bool               // guarded by mu
	end     string             // how it ended; guarded by mu
	beat    *time.Timer        // of a client that pings by itself; guarded by mu
}

func newConn(t testing.TB, s *socketio.Server, pipe net.Conn, o Options) *conn {
	c := &conn{
		t: t, server: s, pipe: pipe, v3: o.EIO3, patience: o.Patience,
		outgoing: make(chan struct{}, 1), changed: make(chan struct{}), clients: make(map[string]*Client),
	}
	if c.parser = o.Parser; c.parser != nil {
		c.decoder = c.parser.NewDecoder(limits)
	}
	c.running.Go(c.read)
	c.running.Go(c.write)
	return c
}

// drop ends the connection without a word and waits for its goroutines, but not for handlers: one
// of them may call it.
func (c *conn) drop() {
	c.finish("dropped by the client")
	c.running.Wait()
}

// leave is the end of the test.
func (c *conn) leave() {
	c.drop()
	c.handling.Wait()
}

// finish marks the end, once.
func (c *conn) finish(how string) {
	c.mu.Lock()
	if !c.over {
		c.over, c.end = true, how
		if c.beat != nil {
			c.beat.Stop()
		}
		c.wake()
		c.notify()
	}
	c.open()
	c.mu.Unlock()
	c.pipe.Close()
}

// notify tells those who wait that something has changed. It needs mu.
func (c *conn) notify() {
	close(c.changed)
	c.changed = make(chan struct{})
}

// await waits until ok, which is called with mu held. It reports false when patience is at its end.
func (c *conn) await(ok func() bool) bool {
	timer := time.NewTimer(c.patience)
	defer timer.Stop()
	for {
		c.mu.Lock()
		if ok() {
			c.mu.Unlock()
			return true
		}
		changed := c.changed
		c.mu.Unlock()
		select {
		case <-changed:
		case <-timer.C:
			return false
		}
	}
}

// history is the end of the log, for messages about failures.
func (c *conn) history() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	const shown = 8
	var b strings.Builder
	if c.over {
		b.WriteString("\nthe connection has ended: " + c.end)
	}
	b.WriteString("\nthe last packets:")
	for _, p := range c.log[max(0, len(c.log)-shown):] {
		if len(p) > 200 {
			p = p[:200] + "…"
		}
		b.WriteString("\n  " + p)
	}
	return b.String()
}

// send queues a frame. It never blocks.
func (c *conn) send(op byte, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = append(c.out, frame(op, payload))
	c.wake()
}

// wake needs mu.
func (c *conn) wake() {
	select {
	case c.outgoing <- struct{}{}:
	default:
	}
}

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

// note needs mu.
func (c *conn) note(direction, packet string) { c.log = append(c.log, direction+" "+packet) }

func (c *conn) write() {
	for range c.outgoing {
		for {
			c.mu.Lock()
			if c.over {
				c.mu.Unlock()
				return
			}
			out := c.out
			c.out = nil
			c.mu.Unlock()
			if len(out) == 0 {
				break
			}
			for _, f := range out {
				if _, err := c.pipe.Write(f); err != nil {
					return // the reader tells why
				}
			}
		}
	}
}

func (c *conn) read() {
	r := bufio.NewReader(c.pipe)
	var part *packet // that waits for attachments
	for {
		op, payload, err := readFrame(r)
		c.rest()
		if err != nil {
			c.finish("closed by the server without a close frame")
			return
		}
		switch op {
		case opClose:
			c.finish("closed by the server" + closeCode(payload))
			return
		case opPing:
			c.send(opPong, payload)
		case opText:
			err = c.text(string(payload), &part)
		case opBinary:
			err = c.binary(payload, &part)
		}
		if err != nil {
			c.finish(err.Error())
			return
		}
	}
}

func closeCode(payload []byte) string {
	if len(payload) < 2 {
		return ""
	}
	return fmt.Sprintf(" with code %d", int(payload[0])<<8|int(payload[1]))
}

// rest waits while the client is paused.
func (c *conn) rest() {
	c.mu.Lock()
	gate := c.gate
	c.mu.Unlock()
	if gate != nil {
		<-gate
	}
}

// pause needs mu, and so does open.
func (c *conn) pause() {
	if c.gate == nil && !c.over {
		c.gate = make(chan struct{})
	}
}

func (c *conn) open() {
	if c.gate != nil {
		close(c.gate)
		c.gate = nil
	}
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
