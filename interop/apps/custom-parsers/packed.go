package main

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/madang-chat/madang/socketio"
)

// Packed is the parser of the example: three events have a binary form of their own, that of the
// package schemapack, and all other packets are JSON.
type packed struct{ plain }

// The first byte tells the event.
const (
	idString  = 1 // a list of strings
	idNumeric = 2 // a list of 16 bits each
	idBinary  = 3 // bytes
)

// An event has a name and one argument.
type event[T any] struct {
	socketio.Tuple
	Name string
	Data T
}

func (pk packed) Encode(p *socketio.Packet) (text []byte, parts [][]byte, err error) {
	if p.Type != socketio.PacketEvent {
		return pk.plain.Encode(p)
	}
	var name struct {
		socketio.Tuple
		Name string
	}
	if err := p.Decode(&name); err != nil {
		return nil, nil, err
	}
	var b []byte
	switch name.Name {
	case "string":
		var e event[[]string]
		err = p.Decode(&e)
		b = binary.AppendUvarint([]byte{idString}, uint64(len(e.Data)))
		for _, s := range e.Data {
			b = appendString(b, s)
		}
	case "numeric":
		var e event[[]uint16]
		err = p.Decode(&e)
		b = binary.AppendUvarint([]byte{idNumeric}, uint64(len(e.Data)))
		for _, n := range e.Data {
			b = binary.BigEndian.AppendUint16(b, n)
		}
	case "binary":
		var e event[[]byte]
		err = p.Decode(&e)
		b = appendString([]byte{idBinary}, string(e.Data))
	default:
		err = fmt.Errorf("unknown event %q", name.Name)
	}
	return nil, [][]byte{appendString(b, p.Namespace)}, err
}

func appendString(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func (pk packed) NewDecoder(limits socketio.PacketLimits) socketio.Decoder {
	text := pk.plain.NewDecoder(limits)
	return func(part []byte, isBinary bool) (*socketio.Packet, error) {
		if !isBinary {
			return text(part, false)
		}
		var (
			p   = socketio.Packet{Type: socketio.PacketEvent}
			r   = reader{rest: part}
			err error
		)
		switch r.take(1)[0] {
		case idString:
			items := list(&r, func() string { return string(r.bytes()) })
			err = p.SetData(event[[]string]{Name: "string", Data: items})
		case idNumeric:
			items := list(&r, func() uint16 { return binary.BigEndian.Uint16(r.take(2)) })
			err = p.SetData(event[[]uint16]{Name: "numeric", Data: items})
		case idBinary:
			err = p.SetData(event[[]byte]{Name: "binary", Data: r.bytes()})
		default:
			err = errors.New("unknown event")
		}
		p.Namespace = string(r.bytes())
		return &p, errors.Join(r.err, err)
	}
}

// A reader takes pieces of a message. Those behind its end are zeros, and an error.
type reader struct {
	rest []byte
	err  error
}

func (r *reader) take(n int) []byte {
	if n > len(r.rest) {
		r.rest, r.err = nil, errors.New("the message ends too early")
		return make([]byte, min(n, 2))
	}
	piece := r.rest[:n]
	r.rest = r.rest[n:]
	return piece
}

func (r *reader) length() int {
	v, n := binary.Uvarint(r.rest)
	r.take(max(n, 0))
	return int(min(v, 1<<30))
}

func (r *reader) bytes() []byte { return r.take(r.length()) }

func list[T any](r *reader, item func() T) (all []T) {
	for n := r.length(); n > 0 && r.err == nil; n-- {
		all = append(all, item())
	}
	return all
}
