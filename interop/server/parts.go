package main

import (
	"bytes"
	"encoding/json"
	"errors"

	"github.com/madang-chat/madang/socketio"
)

// parts is a parser of an application: a packet is a JSON text that says how many attachments
// follow.
type parts struct{}

type partsPacket struct {
	socketio.Packet
	Parts int `json:"parts,omitempty"`
}

func (parts) Encode(p *socketio.Packet) (text []byte, binary [][]byte, err error) {
	text, err = json.Marshal(partsPacket{*p, len(p.Attachments)})
	return text, p.Attachments, err
}

func (parts) NewDecoder(limits socketio.PacketLimits) socketio.Decoder {
	var p *partsPacket // the one that isn't whole
	return func(part []byte, binary bool) (*socketio.Packet, error) {
		switch {
		case binary != (p != nil):
			return nil, errors.New("text and bytes in the wrong order")
		case binary:
			p.Attachments = append(p.Attachments, bytes.Clone(part))
		default:
			p = new(partsPacket)
			if err := json.Unmarshal(part, p); err != nil {
				return nil, err
			}
			if p.Parts > limits.Attachments {
				return nil, errors.New("too many attachments")
			}
		}
		if len(p.Attachments) < p.Parts {
			return nil, nil
		}
		whole := &p.Packet
		p = nil
		return whole, nil
	}
}
