package engineio

import (
	"encoding/base64"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/ws"
)

// Prefix is how many bytes at the start of a buffer given to NewMessage are reserved
// for the frame header and the packet type.
const Prefix = ws.HeaderRoom + 1

// messageCost is what a queued message counts besides its bytes: about what it takes in memory.
// Without it a queue of tiny messages would be a hundred times larger than its limit.
const messageCost = 128

// A Message is one message ready to be sent: a text, binary parts, or a text with binary parts that
// belongs together and is never torn apart. It is immutable and may be sent to any number of
// sockets from any goroutine: its forms for the transports are made once. Only a chunk, which is
// one socket's, grows.
type Message struct {
	buf         []byte // frame header, '4', text; the header ends at Prefix-1
	start       int    // where the frame begins in buf
	attachments [][]byte
	size        int
	json        bool // the text is a Socket.IO packet, so its JSON part may be escaped
	chunk       bool // buf is frames of one socket, borrowed

	deflateOnce sync.Once
	deflated    []byte // all frames with permessage-deflate
}

// NewMessage makes a message of a Socket.IO packet. Buf is Prefix bytes of any content and then
// the text; attachments are the binary parts that follow it. The message owns both from then on.
func NewMessage(buf []byte, attachments ...[]byte) *Message {
	m := &Message{buf: buf, attachments: attachments, json: true}
	m.buf[Prefix-1] = typeMessage
	m.seal()
	return m
}

// Text makes a message of a text and the binary parts that follow it, which it owns from then on.
func Text(s string, attachments ...[]byte) *Message {
	m := packet(string(typeMessage) + s)
	if len(attachments) > 0 {
		m.attachments = attachments
		m.seal()
	}
	return m
}

// packet makes a message of a whole packet, its type included.
func packet(p string) *Message {
	m := &Message{buf: append(make([]byte, Prefix-1, Prefix-1+len(p)), p...)}
	m.seal()
	return m
}

// Binary makes a message of binary parts, which it owns from then on.
func Binary(parts ...[]byte) *Message {
	m := &Message{attachments: parts, size: messageCost}
	for _, b := range parts {
		m.size += len(b) + ws.HeaderRoom
	}
	return m
}

func (m *Message) seal() {
	m.start = ws.PutHeader(m.buf, Prefix-1, ws.Text, len(m.buf)-Prefix+1)
	m.size = len(m.buf) - m.start + messageCost
	for _, a := range m.attachments {
		m.size += len(a) + ws.HeaderRoom
	}
}

// frame is the text as WebSocket frame, nil when there is none.
func (m *Message) frame() []byte { return m.buf[m.start:] }

// packet is the text as packet: '4' and the text.
func (m *Message) packet() []byte {
	if m.buf == nil {
		return nil
	}
	return m.buf[Prefix-1:]
}

// deflatedFrames is the message compressed without context takeover, so that one compressed form
// serves every receiver.
func (m *Message) deflatedFrames(threshold int) []byte {
	m.deflateOnce.Do(func() {
		if text := m.packet(); text != nil {
			m.deflated = appendDeflated(m.deflated, ws.Text, text, threshold)
		}
		for _, a := range m.attachments {
			m.deflated = appendDeflated(m.deflated, ws.Binary, a, threshold)
		}
	})
	return m.deflated
}

func appendDeflated(dst []byte, op ws.Opcode, p []byte, threshold int) []byte {
	if len(p) >= threshold {
		if z, err := ws.Deflate(nil, p); err == nil {
			return append(ws.AppendHeader(dst, op, len(z), true), z...)
		}
	}
	return ws.AppendFrame(dst, op, p)
}

// control makes a message of a packet that doesn't count in the queue, so that a full one still
// admits it.
func control(p string) *Message {
	m := packet(p)
	m.size = 0
	return m
}

// Packets without content, shared by all sockets.
var (
	pingPacket  = control("2")
	pongPacket  = packet("3") // it counts: the client decides how many there are
	noopPacket  = control("6")
	closePacket = control("1") // on WebSocket a close frame stands for it
)

// Packet types of the Engine.IO protocol (docs/engine.io-protocol, "Packet encoding").
const (
	typeOpen    = '0'
	typeClose   = '1'
	typePing    = '2'
	typePong    = '3'
	typeMessage = '4'
	typeUpgrade = '5'
	typeNoop    = '6'
	typeBase64  = 'b' // a binary message as text
)

// separator stands between the packets of a revision 4 payload.
const separator = 0x1e

// A payload collects packets for one polling answer.
type payload struct {
	buf    []byte
	v3     bool
	framed bool // revision 3, binary framing
	bare   bool // one packet alone, without its length
	count  int
}

func (p *payload) message(m *Message) {
	if text := m.packet(); text != nil {
		if p.v3 && m.json {
			text = escape(text)
		}
		p.text(text)
	}
	for _, a := range m.attachments {
		p.binary(a)
	}
}

func (p *payload) text(packet []byte) {
	switch {
	case p.framed:
		// Each character of the packet is a byte of its UTF-8 form.
		p.header(0, len(packet))
	case p.v3:
		p.buf = strconv.AppendInt(p.buf, int64(utf16Len(packet)), 10)
		p.buf = append(p.buf, ':')
	case p.count > 0:
		p.buf = append(p.buf, separator)
	}
	p.count++
	p.buf = append(p.buf, packet...)
}

func (p *payload) binary(data []byte) {
	switch {
	case p.framed:
		p.header(1, len(data)+1)
		p.buf = append(p.buf, typeMessage-'0')
		p.buf = append(p.buf, data...)
		p.count++
		return
	case p.v3:
		if !p.bare {
			p.buf = strconv.AppendInt(p.buf, int64(base64.StdEncoding.EncodedLen(len(data))+2), 10)
			p.buf = append(p.buf, ':')
		}
		p.buf = append(p.buf, typeBase64, typeMessage)
	default:
		if p.count > 0 {
			p.buf = append(p.buf, separator)
		}
		p.buf = append(p.buf, typeBase64)
	}
	p.count++
	p.buf = base64.StdEncoding.AppendEncode(p.buf, data)
}

// header writes kind, the decimal digits of n as bytes, and 255.
func (p *payload) header(kind byte, n int) {
	p.buf = append(p.buf, kind)
	for _, digit := range strconv.AppendInt(nil, int64(n), 10) {
		p.buf = append(p.buf, digit-'0')
	}
	p.buf = append(p.buf, 0xff)
}

// utf16Len is the length of UTF-8 text as JavaScript counts it.
func utf16Len(p []byte) int {
	n := 0
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		n++
		if r > 0xffff {
			n++
		}
		p = p[size:]
	}
	return n
}

// escape rewrites the JSON part of a Socket.IO packet in ASCII. Clients of the 1.x line decode
// UTF-8 twice on polling and others once; ASCII reads right either way.
func escape(packet []byte) []byte {
	start := len(packet)
	for i, c := range packet {
		if c == '[' || c == '{' || c == '"' {
			start = i
			break
		}
	}
	plain := true
	for _, c := range packet[start:] {
		plain = plain && c < utf8.RuneSelf
	}
	if plain {
		return packet
	}
	out := append(make([]byte, 0, 2*len(packet)), packet[:start]...)
	for _, r := range string(packet[start:]) {
		switch {
		case r < utf8.RuneSelf:
			out = append(out, byte(r))
		case r > 0xffff:
			r -= 0x10000
			out = appendUnit(appendUnit(out, 0xd800+r>>10), 0xdc00+r&0x3ff)
		default:
			out = appendUnit(out, r)
		}
	}
	return out
}

func appendUnit(dst []byte, unit rune) []byte {
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', hex[unit>>12&15], hex[unit>>8&15], hex[unit>>4&15], hex[unit&15])
}
