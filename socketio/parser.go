package socketio

import (
	"errors"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/packet"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// A Parser is the form that packets have on the wire. Server and clients must use the same one.
type Parser uint8

const (
	// ParserJSON is what clients use unless they are told otherwise.
	ParserJSON Parser = iota
	// ParserMsgpack is that of socket.io-msgpack-parser 3, which is made for clients of Socket.IO 3 and later. Payloads are the same
	// values as with JSON, and []byte is a part of its packet: the limit is 1000 of them in one. What JSON can't say
	// arrives as JSON would have had it: undefined and NaN as null, a Date as text.
	ParserMsgpack
)

var errText = errors.New("socketio: text with the msgpack parser")

// message makes a message of a packet in text form, behind engineio.Prefix bytes.
func (p Parser) message(buf []byte, attachments ...[]byte) *engineio.Message {
	if p == ParserMsgpack {
		return engineio.Binary(msgpack.Append(nil, buf[engineio.Prefix:], attachments))
	}
	return engineio.NewMessage(buf, attachments...)
}

// decode reads a message; done says that p is complete.
func (c *conn) decode(data []byte, binary bool) (p packet.Packet, done bool, err error) {
	msg := c.server.opts.Parser == ParserMsgpack
	switch {
	case msg && binary:
		return c.decodeMsgpack(data)
	case msg:
		return p, false, errText
	case binary:
		return c.decoder.Binary(data)
	}
	return c.decoder.Text(data)
}

func (c *conn) decodeMsgpack(data []byte) (p packet.Packet, done bool, err error) {
	text, attachments, err := msgpack.Decode(data, int(c.decoder.Limits.Depth), int(c.decoder.Limits.Attachments))
	if err != nil {
		return p, false, err
	}
	p, done, err = c.decoder.Text(text)
	for _, a := range attachments {
		if err != nil {
			return p, false, err
		}
		p, done, err = c.decoder.Binary(a)
	}
	return p, done, err
}
