// Command limit is how little work a server can do for the answers that bench wants: one thread, an
// epoll, and bytes cut and joined. It knows no JSON and no rooms, and takes no client but the load
// generator. Each message is a write of its own; with BATCH=1 all that one turn of the loop has for
// a client is one write. With PING_INTERVAL, in milliseconds, it sends heartbeats, and doesn't care
// who answers. It prints "ready <port>".
//
// What it costs is nearly all the kernel's. A server that is faster per message puts more of them
// in one write.
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

const (
	opText  = 0x1
	opClose = 0x8
)

// upgraded answers the generator's nonce, which is the sample of RFC 6455, and opens the session.
var upgraded = appendFrame([]byte("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
	"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
	[]byte(`0{"sid":"limit","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`))

var (
	connected = appendFrame(nil, []byte(`40{"sid":"limit"}`))
	ping      = appendFrame(nil, []byte("2"))
	goodbye   = []byte{0x80 | opClose, 2, 0x03, 0xE8}
)

// conn is one client.
type conn struct {
	fd   int
	open bool   // the handshake is over
	left []byte // read and not whole yet
	due  []byte // to write when the turn ends
	seat int    // in loop.members; -1 = none
	stay int    // number of the visit; a descriptor has many
}

// pulse is a heartbeat that is due.
type pulse struct {
	c    *conn
	stay int
	at   time.Duration
}

// loop is what the thread does.
type loop struct {
	batch   bool
	members []*conn
	late    []*conn // have something due
	toAll   []byte  // to write to all members when the turn ends
	frame   []byte
	every   time.Duration // heartbeats; 0 = none
	pulses  []pulse       // in the order of at
	now     func() time.Duration
	write   func(c *conn, p []byte)
	close   func(c *conn)
}

// take handles what was read from a client. The bytes are changed.
func (l *loop) take(c *conn, p []byte) {
	if len(c.left) > 0 {
		c.left = append(c.left, p...)
		p = c.left
	}
	if !c.open {
		if !bytes.HasSuffix(p, []byte("\r\n\r\n")) {
			c.left = append(c.left[:0], p...)
			return
		}
		c.open, c.left = true, c.left[:0]
		l.write(c, upgraded)
		return
	}
	for {
		op, message, rest, ok := nextFrame(p)
		if !ok {
			break
		}
		p = rest
		if op == opClose {
			l.write(c, goodbye)
			l.leave(c)
			l.close(c)
			return
		}
		l.handle(c, message)
	}
	c.left = append(c.left[:0], p...)
}

func (l *loop) handle(c *conn, message []byte) {
	switch {
	case bytes.HasPrefix(message, []byte(`42["bcast"`)):
		if l.batch {
			l.toAll = appendFrame(l.toAll, message)
			return
		}
		l.frame = appendFrame(l.frame[:0], message)
		for _, m := range l.members {
			l.write(m, l.frame)
		}
	case string(message) == "40":
		c.seat = len(l.members)
		l.members = append(l.members, c)
		if l.every > 0 {
			l.pulses = append(l.pulses, pulse{c, c.stay, l.now() + l.every})
		}
		l.write(c, connected)
	case string(message) == "3":
	case bytes.HasPrefix(message, []byte("42")):
		id, value, ok := bytes.Cut(message[2:], []byte(`["echo",`))
		if !ok {
			panic(fmt.Sprintf("got %q", message))
		}
		to := l.frame[:0]
		if l.batch {
			to = c.due
		}
		to = append(to, 0x80|opText, byte(2+len(id)+1+len(value)))
		to = append(append(append(append(to, "43"...), id...), '['), value...)
		if !l.batch {
			l.frame = to
			l.write(c, to)
			return
		}
		if len(c.due) == 0 {
			l.late = append(l.late, c)
		}
		c.due = to
	default:
		panic(fmt.Sprintf("got %q", message))
	}
}

// flush ends a turn.
func (l *loop) flush() {
	for _, c := range l.late {
		if len(c.due) > 0 { // it may have left
			l.write(c, c.due)
			c.due = c.due[:0]
		}
	}
	l.late = l.late[:0]
	if len(l.toAll) > 0 {
		for _, m := range l.members {
			l.write(m, l.toAll)
		}
		l.toAll = l.toAll[:0]
	}
}

// beat sends the heartbeats that are due and returns how long there are none; -1 = for ever.
func (l *loop) beat() time.Duration {
	for len(l.pulses) > 0 {
		p := l.pulses[0]
		now := l.now()
		if p.at > now {
			return p.at - now
		}
		l.pulses = l.pulses[1:]
		if p.c.stay == p.stay {
			l.write(p.c, ping)
			l.pulses = append(l.pulses, pulse{p.c, p.stay, p.at + l.every})
		}
	}
	return -1
}

func (l *loop) leave(c *conn) {
	if c.seat >= 0 {
		last := l.members[len(l.members)-1]
		l.members[c.seat], last.seat = last, c.seat
		l.members = l.members[:len(l.members)-1]
	}
	*c = conn{left: c.left[:0], due: c.due[:0], fd: c.fd, seat: -1, stay: c.stay + 1}
}

// nextFrame takes a whole frame off p and unmasks it in place.
func nextFrame(p []byte) (op byte, message, rest []byte, ok bool) {
	if len(p) < 6 {
		return 0, nil, p, false
	}
	n, used := int(p[1]&0x7F), 2
	if n == 126 {
		if len(p) < 8 {
			return 0, nil, p, false
		}
		n, used = int(binary.BigEndian.Uint16(p[2:])), 4
	}
	if len(p) < used+4+n {
		return 0, nil, p, false
	}
	mask := binary.LittleEndian.Uint32(p[used:])
	message = p[used+4 : used+4+n]
	i := 0
	for ; i+4 <= n; i += 4 {
		binary.LittleEndian.PutUint32(message[i:], binary.LittleEndian.Uint32(message[i:])^mask)
	}
	for ; i < n; i++ {
		message[i] ^= p[used+i&3]
	}
	return p[0] & 0x0F, message, p[used+4+n:], true
}

// appendFrame appends a message of less than 126 bytes as text.
func appendFrame(dst, message []byte) []byte {
	return append(append(dst, 0x80|opText, byte(len(message))), message...)
}
