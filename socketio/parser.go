package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// A Parser is the clients' form of packets. It is called from many goroutines.
type Parser interface {
	// Encode makes a text without U+001E, or nil, and binary parts. Its error is that of Emit.
	Encode(p *Packet) (text []byte, binary [][]byte, err error)
	NewDecoder(PacketLimits) Decoder // for each connection
}

// A Decoder takes the next part of a connection and returns the packet that it completes, or nil.
// It may not keep part. Errors end the connection.
type Decoder func(part []byte, binary bool) (*Packet, error)

// PacketLimits are of Options; the server checks Depth and Attachments, too.
type PacketLimits struct{ Depth, Attachments, Bytes int }

// A PacketType is a number of the protocol, the same with attachments.
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
	// Data is the array of an event, its name first, or of an ack, an object, or nil. In place of
	// bytes it has {"_placeholder":true,"num":0}, with the index in Attachments.
	Data        json.RawMessage `json:"data,omitempty"`
	Attachments [][]byte        `json:"-"`
}

// Decode reads Data into what v points to; a Tuple or Args takes an array.
func (p *Packet) Decode(v any) error {
	data := jsonx.Trim(p.Data)
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

var errPacket = errors.New("socketio: a parser made a packet that isn't valid")

// text is the packet in text form, which the packet codec has still to check.
func (p *Packet) text() ([]byte, error) {
	data := jsonx.Trim(p.Data)
	switch {
	case p.Type > PacketConnectError:
		return nil, fmt.Errorf("%w: type %d", errPacket, p.Type)
	case len(p.Attachments) > 0 && p.Type != PacketEvent && p.Type != PacketAck:
		return nil, fmt.Errorf("%w: type %d with attachments", errPacket, p.Type)
	case p.Namespace != "" && p.Namespace[0] != '/' || strings.Contains(p.Namespace, ","):
		return nil, fmt.Errorf("%w: namespace %.40q", errPacket, p.Namespace)
	case len(data) > 0 && data[0] != '[' && data[0] != '{' && data[0] != '"' && string(data) != "null":
		// a digit would be read as an id
		return nil, fmt.Errorf("%w: data begins with %q", errPacket, data[0])
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
