package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"
)

const (
	// patience is how long a single answer may take: a handshake, the end of a connection, the
	// last answers of a measurement.
	patience = 20 * time.Second
	// readBuffer is also the longest frame that such a client can read.
	readBuffer = 4096
)

const (
	opText   = 0x1
	opBinary = 0x2
	opClose  = 0x8
	opPing   = 0x9
	opPong   = 0xA
)

// A client is one Socket.IO client on WebSocket, made as lean as checking everything allows. One
// goroutine reads; any may write.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	skip int    // length of the payload that next handed out
	beat func() // unless nil, is called for each heartbeat by the reading goroutine

	mu      sync.Mutex // held during writes: frames of two writers must not mix
	out     []byte     // guarded by mu
	message []byte     // guarded by mu
	ended   bool       // guarded by mu; nothing follows a close frame, no pong either
}

// A receiver is what a workload makes of a client's messages. Both methods are called by the
// client's reading goroutine only.
type receiver interface {
	// receive gets a frame's payload, valid until it returns.
	receive(op byte, payload []byte) error
	// drained is called when everything that had arrived was received: the moment to
	// write what there is to say in one piece.
	drained() error
}

// The sample nonce of RFC 6455 §1.3 and its answer. Nothing between us and the server caches.
const (
	nonce  = "dGhlIHNhbXBsZSBub25jZQ=="
	accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// dial connects client number i and joins the main namespace. The clients take turns with
// eight loopback addresses, because one has no more than about 28 000 ports.
func dial(ctx context.Context, addr string, i int) (*client, error) {
	var from net.IP
	if manyLoopbacks {
		from = net.IPv4(127, 0, 0, byte(1+i%8))
	}
	c, err := dialFrom(ctx, addr, from, readBuffer, func(c *client) error { return c.handshake(addr, "", "") })
	if err != nil {
		return nil, fmt.Errorf("client %d: %w", i, err)
	}
	return c, nil
}

// dialFrom connects a client and lets begin do what comes first.
func dialFrom(ctx context.Context, addr string, from net.IP, buffer int, begin func(*client) error) (*client, error) {
	d := net.Dialer{Timeout: patience}
	if from != nil {
		d.LocalAddr = &net.TCPAddr{IP: from}
	}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	conn.SetDeadline(time.Now().Add(patience))
	c := &client{conn: conn, in: bufio.NewReaderSize(conn, buffer)}
	if err := begin(c); err != nil {
		conn.Close()
		return nil, err
	}
	return c, conn.SetDeadline(time.Time{})
}

// handshake opens a session, with further lines of the request, and joins a namespace: "" is the
// main one, others are "/name,".
func (c *client) handshake(addr, lines, namespace string) error {
	_, err := io.WriteString(c.conn, "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: "+addr+"\r\n"+lines+
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+nonce+"\r\n\r\n")
	if err == nil {
		err = c.readUpgrade()
	}
	if err == nil {
		err = c.expect(`0{`)
	}
	if err == nil {
		err = c.write(opText, []byte("40"+namespace))
	}
	if err == nil {
		err = c.expect("40" + namespace + "{")
	}
	if err != nil {
		return fmt.Errorf("handshake: %w", err)
	}
	return nil
}

func (c *client) readUpgrade() error {
	accepted := false
	for first := true; ; first = false {
		b, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		line := strings.TrimRight(string(b), "\r\n")
		switch {
		case first && !strings.HasPrefix(line, "HTTP/1.1 101 "):
			return fmt.Errorf("the upgrade was answered with %q", line)
		case line == "" && !accepted:
			return errors.New("the upgrade lacks Sec-WebSocket-Accept")
		case line == "":
			return nil
		}
		name, value, _ := strings.Cut(line, ":")
		if strings.EqualFold(name, "Sec-WebSocket-Accept") && strings.TrimSpace(value) == accept {
			accepted = true
		}
	}
}

// expect reads one message; some servers begin with a heartbeat.
func (c *client) expect(prefix string) error {
	_, p, err := c.next()
	for err == nil && string(p) == "2" {
		if err = c.write(opText, []byte("3")); err == nil {
			_, p, err = c.next()
		}
	}
	if err == nil && !bytes.HasPrefix(p, []byte(prefix)) {
		err = fmt.Errorf("got %q, want %s…", p, prefix)
	}
	return err
}

// next reads a frame. The payload is valid until the next call.
func (c *client) next() (op byte, payload []byte, err error) {
	if _, err := c.in.Discard(c.skip); err != nil {
		return 0, nil, err
	}
	c.skip = 0
	head, err := c.in.Peek(2)
	if err != nil {
		return 0, nil, err
	}
	fin, op, n, used := head[0]&0x80 != 0, head[0]&0x0F, int(head[1]&0x7F), 2
	masked := head[1]&0x80 != 0
	if n == 126 {
		if head, err = c.in.Peek(4); err != nil {
			return 0, nil, err
		}
		n, used = int(binary.BigEndian.Uint16(head[2:])), 4
	} else if n == 127 {
		n = c.in.Size()
	}
	if !fin || n > c.in.Size()-used || masked {
		return 0, nil, fmt.Errorf("got a frame that begins %x: a fragment, masked or too long", head)
	}
	frame, err := c.in.Peek(used + n)
	if err != nil {
		return 0, nil, err
	}
	c.skip = used + n
	return op, frame[used:], nil
}

// serve hands frames to r until the connection ends; io.EOF is a good end.
func (c *client) serve(r receiver) error {
	for {
		op, p, err := c.next()
		switch {
		case err != nil:
			return err
		case op == opClose:
			return c.rest()
		case op == opPing:
			err = c.write(opPong, p)
		case op == opText && string(p) == "2":
			err = c.write(opText, []byte("3"))
			if c.beat != nil {
				c.beat()
			}
		default:
			err = r.receive(op, p)
		}
		if err == nil && c.in.Buffered() == c.skip {
			err = r.drained()
		}
		if err != nil {
			return err
		}
	}
}

// rest waits for the end of the connection behind a close frame. The side that closes first keeps
// the port pair for a minute; servers have to, we couldn't.
func (c *client) rest() error {
	c.in.Discard(c.skip)
	if _, err := c.in.ReadByte(); err != nil {
		return err
	}
	return errors.New("got more after a close frame")
}

// send writes n text messages in one piece; build appends message i.
func (c *client) send(n int, build func(dst []byte, i int) []byte) error {
	return c.put(func(out []byte) []byte {
		for i := range n {
			c.message = build(c.message[:0], i)
			out = appendFrame(out, opText, c.message)
		}
		return out
	})
}

func (c *client) write(op byte, payload []byte) error {
	return c.put(func(out []byte) []byte { return appendFrame(out, op, payload) })
}

// put writes the frames that build appends. build runs under mu.
func (c *client) put(build func(out []byte) []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ended {
		return nil
	}
	c.out = build(c.out[:0])
	_, err := c.conn.Write(c.out)
	return err
}

// end says goodbye: the server answers a close frame after all that it had to say.
func (c *client) end() error {
	c.conn.SetReadDeadline(time.Now().Add(patience))
	return c.put(func(out []byte) []byte {
		c.ended = true
		return appendFrame(out, opClose, []byte{0x03, 0xE8})
	})
}

// appendFrame masks with a constant: the server's work is the same as with a random mask.
func appendFrame(dst []byte, op byte, payload []byte) []byte {
	mask := [4]byte{0x37, 0xFA, 0x21, 0x3D}
	dst = append(dst, 0x80|op)
	if len(payload) < 126 {
		dst = append(dst, 0x80|byte(len(payload)))
	} else {
		dst = binary.BigEndian.AppendUint16(append(dst, 0x80|126), uint16(len(payload)))
	}
	dst = append(dst, mask[:]...)
	for i, b := range payload {
		dst = append(dst, b^mask[i&3])
	}
	return dst
}
