package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// Plain is the parser of the package socket.io-json-parser: a packet is one JSON text. Bytes are
// in it as Node writes a Buffer.
type plain struct{}

func (plain) Encode(p *socketio.Packet) (text []byte, binary [][]byte, err error) {
	out := *p
	for i, a := range p.Attachments {
		list := bytes.ReplaceAll(fmt.Appendf(nil, "%d", a), []byte(" "), []byte(","))
		buffer := fmt.Appendf(nil, `{"type":"Buffer","data":%s}`, list)
		out.Data = bytes.Replace(out.Data, fmt.Appendf(nil, `{"_placeholder":true,"num":%d}`, i), buffer, 1)
	}
	text, err = json.Marshal(out)
	return text, nil, err
}

func (plain) NewDecoder(socketio.PacketLimits) socketio.Decoder {
	return func(part []byte, binary bool) (*socketio.Packet, error) {
		if binary {
			return nil, errors.New("a packet is a text")
		}
		p := new(socketio.Packet)
		return p, json.Unmarshal(part, p)
	}
}
