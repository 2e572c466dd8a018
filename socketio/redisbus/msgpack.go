package redisbus

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/madang-chat/madang/socketio"
)

// Values of clients go through ParserMsgpack, which knows what of MessagePack the official library
// writes. Here is only what stands around them.

// limits are those of what another server sends. Its own limits have been applied.
var limits = socketio.PacketLimits{Depth: 512, Attachments: 10_000}

var (
	errTruncated = errors.New("msgpack is cut off")
	errDepth     = errors.New("msgpack is nested too deep")
)

// carrier is the beginning of a packet that carries one value: all of it but that.
var carrier = func() []byte {
	_, parts, err := socketio.ParserMsgpack.Encode(&socketio.Packet{Type: socketio.PacketEvent, Namespace: "/", Data: []byte(`["x",null]`)})
	if err != nil {
		panic(err)
	}
	return parts[0][:len(parts[0])-1]
}()

// pack writes a value of JSON with placeholders for its attachments.
func pack(value []byte, attachments [][]byte) ([]byte, error) {
	data := append(append([]byte(`["x",`), value...), ']')
	_, parts, err := socketio.ParserMsgpack.Encode(&socketio.Packet{Type: socketio.PacketEvent, Namespace: "/", Data: data, Attachments: attachments})
	if err != nil {
		return nil, err
	}
	return parts[0][len(carrier):], nil
}

// unpack is the reverse.
func unpack(raw []byte) (value []byte, attachments [][]byte, err error) {
	p, err := socketio.ParserMsgpack.NewDecoder(limits)(append(bytes.Clone(carrier), raw...), true)
	if err != nil {
		return nil, nil, err
	}
	if p == nil {
		return nil, nil, errTruncated
	}
	value, ok := bytes.CutPrefix(p.Data, []byte(`["x",`))
	if !ok {
		return nil, nil, errTruncated
	}
	return value[:len(value)-1], p.Attachments, nil
}

// A reader steps through msgpack.
type reader struct{ rest []byte }

func (r *reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.rest)) {
		return nil, errTruncated
	}
	p := r.rest[:n:n]
	r.rest = r.rest[n:]
	return p, nil
}

func (r *reader) number(size uint64) (n uint64, err error) {
	p, err := r.take(size)
	for _, b := range p {
		n = n<<8 | uint64(b)
	}
	return n, err
}

// array reads the head of an array.
func (r *reader) array() (n int, err error) {
	first, err := r.number(1)
	if err != nil {
		return 0, err
	}
	many := first & 0x0f
	switch c := byte(first); {
	case c&0xf0 == 0x90:
	case c == 0xdc:
		many, err = r.number(2)
	case c == 0xdd:
		many, err = r.number(4)
	default:
		return 0, fmt.Errorf("no array, but %#x", first)
	}
	if err == nil && many > uint64(len(r.rest)) {
		err = errTruncated
	}
	return int(many), err
}

// text reads a string. Names of rooms may be numbers in JavaScript.
func (r *reader) text() (string, error) {
	value, err := r.value()
	if err != nil {
		return "", err
	}
	v := reader{value}
	first, _ := v.number(1)
	switch c := byte(first); {
	case c&0xe0 == 0xa0:
		return string(v.rest), nil
	case c >= 0xd9 && c <= 0xdb:
		return string(v.rest[1<<(c-0xd9):]), nil
	}
	number, _, err := unpack(value)
	if _, failed := strconv.ParseFloat(string(number), 64); err != nil || failed != nil {
		return "", fmt.Errorf("no text, but %#x", first)
	}
	return string(number), nil
}

// value takes a whole value.
func (r *reader) value() ([]byte, error) {
	before := r.rest
	if err := r.skip(0); err != nil {
		return nil, err
	}
	return before[:len(before)-len(r.rest)], nil
}

func (r *reader) skip(depth int) (err error) {
	first, err := r.number(1)
	if err != nil {
		return err
	}
	if depth > limits.Depth {
		return errDepth
	}
	var n, values uint64
	switch c := byte(first); {
	case c < 0x80, c >= 0xe0, c == 0xc0, c == 0xc2, c == 0xc3:
	case c < 0x90:
		values = 2 * (first & 0x0f)
	case c < 0xa0:
		values = first & 0x0f
	case c < 0xc0:
		n = first & 0x1f
	case c <= 0xc6 && c >= 0xc4: // bin
		n, err = r.number(1 << (c - 0xc4))
	case c <= 0xc9 && c >= 0xc7: // ext
		n, err = r.number(1 << (c - 0xc7))
		n++
	case c == 0xca, c == 0xce, c == 0xd2:
		n = 4
	case c == 0xcb, c == 0xcf, c == 0xd3:
		n = 8
	case c == 0xcc, c == 0xd0:
		n = 1
	case c == 0xcd, c == 0xd1:
		n = 2
	case c >= 0xd4 && c <= 0xd8: // fixext
		n = 1 + 1<<(c-0xd4)
	case c >= 0xd9 && c <= 0xdb: // str
		n, err = r.number(1 << (c - 0xd9))
	case c == 0xdc || c == 0xdd:
		values, err = r.number(2 << (c - 0xdc))
	case c == 0xde || c == 0xdf:
		values, err = r.number(2 << (c - 0xde))
		values *= 2
	default:
		return fmt.Errorf("msgpack has no %#x", c)
	}
	if err != nil {
		return err
	}
	if _, err = r.take(n); err != nil {
		return err
	}
	if values > uint64(len(r.rest)) {
		return errTruncated
	}
	for range values {
		if err := r.skip(depth + 1); err != nil {
			return err
		}
	}
	return nil
}

func quote(s string) []byte {
	text, _ := json.Marshal(s) // a string always can
	return text
}
