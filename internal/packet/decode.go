package packet

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
)

// Defaults of Limits.
const (
	// MaxDepth is the nesting of JSON; real payloads stay far below.
	MaxDepth = 512
	// MaxAttachments is the limit of socket.io-parser 4.2.7.
	MaxAttachments = 10
	// MaxNamespace is the length of a namespace's name in bytes.
	MaxNamespace = 1024
	// maxQuery is the length of the query that a CONNECT of protocol 4 carries behind the name,
	// tokens included.
	maxQuery = 16 << 10
)

// Limits bound the structure of a packet. 0 is the default, negative is no limit.
type Limits struct {
	Depth       int32 // nesting of arrays and objects in Data, MaxDepth
	Attachments int32 // attachments of one packet, MaxAttachments
}

// A Decoder error means that the peer broke the protocol: the connection can't go on. Errors
// about the JSON wrap ErrPayload and, where they apply, jsonx.ErrSyntax or jsonx.ErrDepth.
var (
	ErrType        = errors.New("packet: unknown packet type")
	ErrAttachments = errors.New("packet: illegal attachments")
	ErrTooMany     = errors.New("packet: too many attachments")
	ErrNamespace   = errors.New("packet: illegal namespace")
	ErrID          = errors.New("packet: illegal ack id")
	ErrPayload     = errors.New("packet: invalid payload")
	ErrText        = errors.New("packet: text while binary attachments are outstanding")
	ErrBinary      = errors.New("packet: binary data without a packet that announced it")
)

// Decoder decodes the messages of one connection. The zero value has the default limits. It
// holds at most one packet whose attachments are still to come.
type Decoder struct {
	Limits Limits

	nsp     string  // the namespace seen last: connections repeat it
	waiting *Packet // binary packet under reconstruction
}

// Text decodes a text message. done is false when the packet announced attachments: it is
// returned by the Binary that brings the last one, so its JSON is copied. The Data of other
// packets aliases p.
func (d *Decoder) Text(p []byte) (pkt Packet, done bool, err error) {
	if d.waiting != nil {
		return Packet{}, false, ErrText
	}
	if err := d.parse(&pkt, p); err != nil {
		return Packet{}, false, err
	}
	if !pkt.Type.binary() {
		return pkt, true, nil
	}
	w := &struct {
		Packet
		one [1][]byte // most packets have one attachment: an allocation less
	}{Packet: pkt}
	w.Data, w.name, w.args = bytes.Clone(pkt.Data), nil, nil // which are in p
	if w.Attachments = w.one[:0]; pkt.announced > 1 {
		// Announcing costs the sender nothing, so it reserves little.
		w.Attachments = make([][]byte, 0, min(pkt.announced, MaxAttachments))
	}
	d.waiting = &w.Packet
	return Packet{}, false, nil
}

// Binary takes the next attachment, which it copies, and returns the packet when it was the
// last one.
func (d *Decoder) Binary(p []byte) (pkt Packet, done bool, err error) {
	w := d.waiting
	if w == nil {
		return Packet{}, false, ErrBinary
	}
	w.Attachments = append(w.Attachments, append([]byte{}, p...))
	if len(w.Attachments) < w.announced {
		return Packet{}, false, nil
	}
	d.waiting = nil
	if err := jsonx.CheckAttach(w.Data, w.announced); err != nil {
		return Packet{}, false, fmt.Errorf("%w: %w", ErrAttachments, err)
	}
	return *w, true, nil
}

func (d *Decoder) parse(pkt *Packet, p []byte) error {
	if len(p) == 0 || p[0] < '0' || p[0] > '0'+byte(BinaryAck) {
		return ErrType
	}
	pkt.Type = Type(p[0] - '0')
	p = p[1:]
	var err error
	if pkt.Type.binary() {
		if p, err = d.attachments(pkt, p); err != nil {
			return err
		}
	}
	if p, err = d.namespace(pkt, p); err != nil {
		return err
	}
	if p, err = ackID(pkt, p); err != nil {
		return err
	}
	return d.payload(pkt, p)
}

// attachments reads "<n>-".
func (d *Decoder) attachments(pkt *Packet, p []byte) ([]byte, error) {
	limit := int(d.Limits.Attachments)
	if limit == 0 {
		limit = MaxAttachments
	} else if limit < 0 {
		limit = math.MaxInt32
	}
	n, i := uint64(0), 0
	for i < len(p) && p[i]-'0' <= 9 {
		n = min(n*10+uint64(p[i]-'0'), math.MaxInt32+1)
		i++
	}
	if i == len(p) || p[i] != '-' || n == 0 {
		return nil, ErrAttachments
	}
	if n > uint64(limit) {
		return nil, fmt.Errorf("%w: more than %d", ErrTooMany, limit)
	}
	pkt.announced = int(n)
	return p[i+1:], nil
}

// namespace reads "/name," or, at the end of the packet, "/name".
func (d *Decoder) namespace(pkt *Packet, p []byte) ([]byte, error) {
	pkt.Namespace = "/"
	if len(p) == 0 || p[0] != '/' {
		return p, nil
	}
	name, rest, _ := bytes.Cut(p, []byte{','})
	if len(name) == 1 {
		return rest, nil
	}
	if string(name) == d.nsp && pkt.Type != Connect {
		pkt.Namespace = d.nsp
		return rest, nil
	}
	query := []byte(nil)
	if pkt.Type == Connect {
		name, query, _ = bytes.Cut(name, []byte{'?'})
	}
	if !utf8.Valid(name) || len(name) > MaxNamespace || len(query) > maxQuery || !utf8.Valid(query) {
		return nil, ErrNamespace
	}
	d.nsp = string(name)
	pkt.Namespace, pkt.Query = d.nsp, string(query)
	return rest, nil
}

// ackID reads the digits before the JSON.
func ackID(pkt *Packet, p []byte) ([]byte, error) {
	for len(p) > 0 && p[0]-'0' <= 9 {
		digit := uint64(p[0] - '0')
		if pkt.ID > (math.MaxUint64-digit)/10 {
			return nil, ErrID
		}
		pkt.ID, pkt.HasID = pkt.ID*10+digit, true
		p = p[1:]
	}
	return p, nil
}

// payload checks the JSON against the packet's type.
func (d *Decoder) payload(pkt *Packet, p []byte) error {
	p = jsonx.Trim(p)
	if len(p) == 0 {
		if pkt.Type == BinaryEvent {
			return fmt.Errorf("%w: %v without a name", ErrPayload, pkt.Type)
		}
		return nil
	}
	depth := int(d.Limits.Depth)
	if depth == 0 {
		depth = MaxDepth
	} else if depth < 0 {
		depth = math.MaxInt
	}
	if err := jsonx.Scan(p, depth); err != nil {
		return fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if pkt.Type == Disconnect || string(p) == "null" && (pkt.Type == Connect || pkt.Type == Ack) {
		return nil // clients of other languages write what isn't there
	}
	pkt.Data = p
	first := p[0]
	ok := false
	switch pkt.Type {
	case Connect:
		ok = first == '{'
	case ConnectError:
		ok = first == '{' || first == '"'
	case Ack, BinaryAck:
		ok = first == '['
	case Event, BinaryEvent:
		if ok = first == '['; ok {
			return pkt.checkEvent()
		}
	}
	if !ok {
		return fmt.Errorf("%w: of the wrong type for %v", ErrPayload, pkt.Type)
	}
	return nil
}

// checkEvent checks the first element of an event.
func (p *Packet) checkEvent() error {
	first, args := jsonx.First(p.Data[1 : len(p.Data)-1])
	if first == nil {
		return fmt.Errorf("%w: event without a name", ErrPayload)
	}
	switch c := first[0]; {
	case c == '-', c-'0' <= 9:
		return nil
	case c != '"':
		return fmt.Errorf("%w: event name is neither string nor number", ErrPayload)
	}
	p.name, p.args = eventName(first), args
	if Reserved(string(p.name)) {
		return fmt.Errorf("%w: event name %q is reserved", ErrPayload, p.name)
	}
	return nil
}

// Reserved reports whether name can't be an event, because clients and servers of the reference use
// it for local events (official parser, RESERVED_EVENTS).
func Reserved(name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
