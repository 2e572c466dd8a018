// Package packet is the codec of Socket.IO packets, protocol 5 and, whose text form is the
// same, protocol 4:
//
//	<type>[<attachments>-][<namespace>,][<ack id>][<JSON>]
//
// A Decoder turns the messages of one connection into packets; AppendHead writes what stands
// before the JSON. The JSON itself is checked for grammar and depth but not decoded: Data
// aliases the input, and whoever knows the types decodes it once.
//
// What is refused follows socket.io-parser 4.2.7. Some laxities of it are not copied, as no
// client uses them: white space is no packet type and no ack id, the number of attachments is
// decimal digits, an ack id fits 64 bits, and JSON has a depth limit. Clients of other languages
// write null for what isn't there, and it is read that way; what a DISCONNECT carries is ignored.
//
// A Decoder belongs to the one goroutine that reads its connection; packets are plain values.
package packet

import (
	"bytes"
	"strconv"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
)

// Type is the kind of a packet, written as one digit.
type Type byte

// The packet types of protocol 5. Protocol 4 calls ConnectError ERROR.
const (
	Connect Type = iota
	Disconnect
	Event
	Ack
	ConnectError
	BinaryEvent
	BinaryAck
)

var typeNames = [...]string{"CONNECT", "DISCONNECT", "EVENT", "ACK", "CONNECT_ERROR", "BINARY_EVENT", "BINARY_ACK"}

// String returns the name that the protocol gives the type.
func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return "packet type " + strconv.Itoa(int(t))
}

func (t Type) binary() bool { return t == BinaryEvent || t == BinaryAck }

// Packet is one decoded packet.
type Packet struct {
	Type      Type
	Namespace string // starts with "/"; "/" when the packet names none
	// Query is what follows the "?" in the namespace of a CONNECT: the auth of protocol 4.
	// Protocol 5 has none, there the reference takes it for a part of the name.
	Query string
	ID    uint64 // ack id, when HasID
	HasID bool
	// Data is the checked JSON after the id, without white space around it; nil when absent.
	// It aliases the input of a text packet. Events have a non-empty array whose first
	// element is a string or a number, or nothing: that is one without a name. Acks have an
	// array or nothing, DISCONNECT nothing.
	Data []byte
	// Attachments are all that a binary packet announced, owned by the packet.
	Attachments [][]byte

	announced  int
	name, args []byte // of an event in Data, when they are known
}

// Event returns the name of an event and the JSON of its arguments: what stands between the
// comma after the name and the closing bracket, empty when there are none. jsonx.First and
// jsonx.Values take args apart. A name that is a number is its JSON text. Both results alias
// Data unless the name had to be unescaped. Other packets have no name.
func (p *Packet) Event() (name, args []byte) {
	if p.Type != Event && p.Type != BinaryEvent || len(p.Data) < 2 {
		return nil, nil
	}
	if p.name != nil {
		return p.name, p.args
	}
	first, args := jsonx.First(p.Data[1 : len(p.Data)-1])
	return eventName(first), args
}

// eventName returns the text of the first element of an event.
func eventName(first []byte) []byte {
	if len(first) < 2 || first[0] != '"' {
		return first
	}
	name := first[1 : len(first)-1]
	if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
		name = jsonx.Unquote(first)
	}
	return name
}

// AppendHead appends all of a packet that stands before its JSON. An Event or Ack with
// attachments becomes its binary type; the caller sends them after the text, in order. The
// namespace "/" or "" is left out.
func AppendHead(dst []byte, t Type, nsp string, attachments int, id uint64, hasID bool) []byte {
	if attachments > 0 && (t == Event || t == Ack) {
		t += BinaryEvent - Event
	}
	dst = append(dst, '0'+byte(t))
	if t.binary() {
		dst = append(strconv.AppendInt(dst, int64(attachments), 10), '-')
	}
	if nsp != "" && nsp != "/" {
		dst = append(append(dst, nsp...), ',')
	}
	if hasID {
		dst = strconv.AppendUint(dst, id, 10)
	}
	return dst
}

var root = []byte("/")

// SplitHead takes apart what begins with a head of AppendHead. The id is its digits, empty when
// there is none.
func SplitHead(text []byte) (t Type, nsp, id, data []byte) {
	t = Type(text[0] - '0')
	text = text[1:]
	if t.binary() {
		t -= BinaryEvent - Event
		_, text, _ = bytes.Cut(text, []byte{'-'})
	}
	nsp = root
	if len(text) > 0 && text[0] == '/' {
		nsp, text, _ = bytes.Cut(text, []byte{','})
	}
	digits := 0
	for digits < len(text) && text[digits]-'0' <= 9 {
		digits++
	}
	return t, nsp, text[:digits], text[digits:]
}
