package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// A Parser is the form that packets have on the wire; server and clients must have the same. Its methods are called
// from many goroutines at a time. A panic in one is an error.
type Parser interface {
	// Encode makes one message of a packet: a text, nil for none, and binary parts behind it. The text is UTF-8 without
	// U+001E. What p refers to may not be changed. An error is that of Emit; of CONNECT, CONNECT_ERROR and DISCONNECT
	// it ends the connection.
	Encode(p *Packet) (text []byte, binary [][]byte, err error)
	// NewDecoder is called for each connection.
	NewDecoder(PacketLimits) Decoder
}

// A Decoder takes the next text or binary part of a connection, one at a time, and returns the packet that it
// completes, or nil when more belongs to it. The part may not be kept, but the packet may refer to it. An error or a
// packet that isn't valid ends the connection, and so do parts of one packet beyond Options.MaxPayload or later than
// AttachmentTimeout.
type Decoder func(part []byte, binary bool) (*Packet, error)

// PacketLimits are Options.MaxDepth, MaxAttachments and MaxPayload. The server checks depth and attachments of what a
// Decoder returns; what that does before is its own matter.
type PacketLimits struct{ Depth, Attachments, Bytes int }

// A PacketType is a number of the protocol. Packets with attachments have no types of their own.
type PacketType uint8

const (
	PacketConnect      PacketType = 0
	PacketDisconnect   PacketType = 1
	PacketEvent        PacketType = 2
	PacketAck          PacketType = 3
	PacketConnectError PacketType = 4
)

// A Packet is what a Parser writes and reads.
type Packet struct {
	Type      PacketType `json:"type"`
	Namespace string     `json:"nsp"`          // with its leading slash; "" is "/"
	ID        *uint64    `json:"id,omitempty"` // of the ack that an event asks for, or that this is
	// Data is the array of an event, which begins with its name, or of an ack; the object of a CONNECT or CONNECT_ERROR;
	// otherwise nil. In place of bytes it has {"_placeholder":true,"num":0}, with the index in Attachments.
	Data        json.RawMessage `json:"data,omitempty"`
	Attachments [][]byte        `json:"-"`
}

// Decode reads Data into the value that v points to; a Tuple or Args takes the elements of an array.
func (p *Packet) Decode(v any) error {
	data := bytes.Trim(p.Data, jsonSpace)
	if err := jsonx.Scan(data, mostDepth); err != nil {
		return fmt.Errorf("socketio: data of a packet: %w", err)
	}
	t := reflect.TypeOf(v)
	if data[0] == '[' && t != nil && t.Kind() == reflect.Pointer && standsForArguments(t.Elem()) {
		return planFor(t.Elem()).decode(Args{inside(data), p.Attachments}, v)
	}
	return jsonx.DecodeAttach(data, v, p.Attachments)
}

// SetData sets Data and Attachments to what v is; a Tuple or Args is an array.
func (p *Packet) SetData(v any) (err error) {
	var atts [][]byte
	var data []byte
	if t := reflect.TypeOf(v); t != nil && standsForArguments(t) {
		data, err = planFor(t).append([]byte{'['}, v, &atts)
		data = append(data, ']')
	} else {
		data, err = jsonx.AppendAttach(nil, v, &atts)
	}
	if err == nil && len(atts) > 0 {
		err = jsonx.CheckWritten(data, len(atts))
	}
	if err != nil {
		return fmt.Errorf("socketio: data of a packet: %w", err)
	}
	p.Data, p.Attachments = data, atts
	return nil
}

const jsonSpace = " \t\r\n"

var errPacket = errors.New("socketio: a parser made a packet that isn't valid")

// text is the packet in text form, which the packet codec has still to check.
func (p *Packet) text() ([]byte, error) {
	data := bytes.Trim(p.Data, jsonSpace)
	switch {
	case p.Type > PacketConnectError:
		return nil, fmt.Errorf("%w: type %d", errPacket, p.Type)
	case len(p.Attachments) > 0 && p.Type != PacketEvent && p.Type != PacketAck:
		return nil, fmt.Errorf("%w: type %d with attachments", errPacket, p.Type)
	case p.Namespace != "" && p.Namespace[0] != '/' || strings.Contains(p.Namespace, ","):
		return nil, fmt.Errorf("%w: namespace %.40q", errPacket, p.Namespace)
	case len(data) > 0 && data[0] != '[' && data[0] != '{' && data[0] != '"' && string(data) != "null":
		return nil, fmt.Errorf("%w: data begins with %q", errPacket, data[0]) // a digit would be read as an id
	}
	var id uint64
	if p.ID != nil {
		id = *p.ID
	}
	text := make([]byte, 0, 32+len(p.Namespace)+len(data))
	text = packet.AppendHead(text, packet.Type(p.Type), p.Namespace, len(p.Attachments), id, p.ID != nil)
	return append(text, data...), nil
}

// packetOf is a packet for a parser.
func packetOf(p *packet.Packet) *Packet {
	own := &Packet{Type: PacketType(p.Type), Namespace: p.Namespace, Data: p.Data, Attachments: p.Attachments}
	if p.Query != "" {
		own.Namespace += "?" + p.Query
	}
	if p.Type >= packet.BinaryEvent {
		own.Type -= PacketType(packet.BinaryEvent - packet.Event)
	}
	if p.HasID {
		own.ID = &p.ID
	}
	return own
}
