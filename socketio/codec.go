package socketio

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// A codec is a parser as the server uses it. A packet is text with attachments to all but the
// codec, in the form of the default parser: so whatever encodes, decodes, keeps or passes on a
// packet knows one form.
type codec interface {
	// message makes a message of a packet in text form, behind engineio.Prefix bytes.
	message(buf []byte, attachments [][]byte) (*engineio.Message, error)
	// decode reads the next part; done says that p is complete.
	decode(d *decoder, part []byte, binary bool) (p packet.Packet, done bool, err error)
}

// A decoder is what a connection has of its codec. It belongs to the goroutine that reads.
type decoder struct {
	text packet.Decoder
	own  Decoder // of a parser of the application's; made with the first part
}

// whole reads a packet that is there with all its attachments.
func (d *decoder) whole(text []byte, attachments [][]byte) (p packet.Packet, done bool, err error) {
	p, done, err = d.text.Text(text)
	for _, a := range attachments {
		if err != nil {
			return p, false, err
		}
		p, done, err = d.text.Binary(a)
	}
	return p, done, err
}

func newCodec(p Parser, l PacketLimits) codec {
	if c, ok := p.(codec); ok {
		return c
	}
	return &foreign{p, l}
}

// text are those of the text form.
func (l PacketLimits) text() packet.Limits {
	return packet.Limits{Depth: int32(min(l.Depth, math.MaxInt32)), Attachments: int32(min(l.Attachments, math.MaxInt32))}
}

// newDecoder is NewDecoder of a parser that is a codec.
func newDecoder(c codec, l PacketLimits) Decoder {
	d := &decoder{text: packet.Decoder{Limits: l.text()}}
	return func(part []byte, binary bool) (*Packet, error) {
		p, done, err := c.decode(d, part, binary)
		if err != nil || !done {
			return nil, err
		}
		return packetOf(&p), nil
	}
}

var (
	ParserJSON    Parser = jsonParser{}    // what clients use by themselves
	ParserMsgpack Parser = msgpackParser{} // that of socket.io-msgpack-parser 3
)

type jsonParser struct{}

func (jsonParser) message(buf []byte, attachments [][]byte) (*engineio.Message, error) {
	return engineio.NewMessage(buf, attachments...), nil
}

func (jsonParser) decode(d *decoder, part []byte, binary bool) (p packet.Packet, done bool, err error) {
	if binary {
		return d.text.Binary(part)
	}
	return d.text.Text(part)
}

// Encode implements Parser.
func (jsonParser) Encode(p *Packet) (text []byte, binary [][]byte, err error) {
	text, err = p.text()
	return text, p.Attachments, err
}

// NewDecoder implements Parser.
func (c jsonParser) NewDecoder(l PacketLimits) Decoder { return newDecoder(c, l) }

type msgpackParser struct{}

var errText = errors.New("socketio: text with the msgpack parser")

func (msgpackParser) message(buf []byte, attachments [][]byte) (*engineio.Message, error) {
	return engineio.Binary(msgpack.Append(nil, buf[engineio.Prefix:], attachments)), nil
}

func (msgpackParser) decode(d *decoder, part []byte, binary bool) (p packet.Packet, done bool, err error) {
	if !binary {
		return p, false, errText
	}
	text, attachments, err := msgpack.Decode(part, int(d.text.Limits.Depth), int(d.text.Limits.Attachments))
	if err != nil {
		return p, false, err
	}
	return d.whole(text, attachments)
}

// Encode implements Parser.
func (msgpackParser) Encode(p *Packet) (text []byte, binary [][]byte, err error) {
	if text, err = p.text(); err != nil {
		return nil, nil, err
	}
	if len(p.Data) > 0 {
		if err := jsonx.Scan(p.Data, mostDepth); err != nil {
			return nil, nil, fmt.Errorf("%w: %w", errPacket, err)
		}
	}
	return nil, [][]byte{msgpack.Append(nil, text, p.Attachments)}, nil
}

// NewDecoder implements Parser.
func (c msgpackParser) NewDecoder(l PacketLimits) Decoder { return newDecoder(c, l) }

// separator stands between packets on polling.
const separator = 0x1e

// foreign is the codec of a parser of the application's.
type foreign struct {
	parser Parser
	limits PacketLimits
}

func (f *foreign) message(buf []byte, attachments [][]byte) (*engineio.Message, error) {
	t, namespace, id, data := packet.SplitHead(buf[engineio.Prefix:])
	p := Packet{Type: PacketType(t), Namespace: string(namespace), Attachments: attachments}
	if len(data) > 0 {
		p.Data = data
	}
	if len(id) > 0 {
		n, _ := strconv.ParseUint(string(id), 10, 64) // AppendHead wrote it
		p.ID = &n
	}
	var text []byte
	var binary [][]byte
	if err := protect(func() (err error) { text, binary, err = f.parser.Encode(&p); return err }); err != nil {
		return nil, fmt.Errorf("the parser: %w", err)
	}
	switch {
	case len(text) == 0 && len(binary) == 0:
		return nil, errors.New("the parser made nothing of it")
	case len(text) == 0:
		return engineio.Binary(binary...), nil
	case !utf8.Valid(text) || bytes.IndexByte(text, separator) >= 0:
		return nil, errors.New("the parser made a text that no client takes: it isn't UTF-8, or it has U+001E in it")
	}
	return engineio.Text(string(text), binary...), nil
}

func (f *foreign) decode(d *decoder, part []byte, binary bool) (p packet.Packet, done bool, err error) {
	var own *Packet
	err = protect(func() (err error) {
		if d.own == nil {
			d.own = f.parser.NewDecoder(f.limits)
		}
		own, err = d.own(part, binary)
		return err
	})
	if err != nil || own == nil {
		return p, false, err
	}
	text, err := own.text()
	if err != nil {
		return p, false, err
	}
	return d.whole(text, own.Attachments)
}
