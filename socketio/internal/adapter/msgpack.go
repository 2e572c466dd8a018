package adapter

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/madang-chat/madang/socketio"
	"github.com/madang-chat/madang/socketio/internal/msgpack"
)

// Limits are those of what another server sends. Its own limits have been applied.
var Limits = socketio.PacketLimits{Depth: 512, Attachments: 10_000}

var (
	errTruncated = errors.New("msgpack is cut off")
	errDepth     = errors.New("msgpack is nested too deep")
)

// Pack writes a value of JSON with placeholders for its attachments.
func Pack(value []byte, attachments [][]byte) []byte {
	return msgpack.AppendValue(nil, value, attachments)
}

// Unpack is the reverse.
func Unpack(raw []byte) (value []byte, attachments [][]byte, err error) {
	return msgpack.DecodeValue(raw, Limits.Depth, Limits.Attachments)
}

// A Reader steps through msgpack.
type Reader struct{ Rest []byte }

func (r *Reader) take(n uint64) ([]byte, error) {
	if n > uint64(len(r.Rest)) {
		return nil, errTruncated
	}
	p := r.Rest[:n:n]
	r.Rest = r.Rest[n:]
	return p, nil
}

func (r *Reader) number(size uint64) (n uint64, err error) {
	p, err := r.take(size)
	for _, b := range p {
		n = n<<8 | uint64(b)
	}
	return n, err
}

// Array reads the head of an array.
func (r *Reader) Array() (n int, err error) { return r.head("array", 0x90, 0xdc, 1) }

// Map reads the head of a map: so many keys with values follow.
func (r *Reader) Map() (n int, err error) { return r.head("map", 0x80, 0xde, 2) }

func (r *Reader) head(what string, fix, wide byte, values uint64) (n int, err error) {
	first, err := r.number(1)
	if err != nil {
		return 0, err
	}
	many := first & 0x0f
	switch c := byte(first); c {
	case wide:
		many, err = r.number(2)
	case wide + 1:
		many, err = r.number(4)
	default:
		if c&0xf0 != fix {
			return 0, fmt.Errorf("no %s, but %#x", what, first)
		}
	}
	if err == nil && many*values > uint64(len(r.Rest)) {
		err = errTruncated
	}
	return int(many), err
}

// Text reads a string. Names of rooms may be numbers in JavaScript.
func (r *Reader) Text() (string, error) {
	value, err := r.Value()
	if err != nil {
		return "", err
	}
	v := Reader{value}
	first, _ := v.number(1)
	switch c := byte(first); {
	case c&0xe0 == 0xa0:
		return strings.ToValidUTF8(string(v.Rest), "\ufffd"), nil
	case c >= 0xd9 && c <= 0xdb:
		return strings.ToValidUTF8(string(v.Rest[1<<(c-0xd9):]), "\ufffd"), nil
	}
	number, _, err := Unpack(value)
	if _, failed := strconv.ParseFloat(string(number), 64); err != nil || failed != nil {
		return "", fmt.Errorf("no text, but %#x", first)
	}
	return string(number), nil
}

// Value takes a whole value.
func (r *Reader) Value() ([]byte, error) {
	before := r.Rest
	if err := r.skip(0); err != nil {
		return nil, err
	}
	return before[:len(before)-len(r.Rest)], nil
}

func (r *Reader) skip(depth int) (err error) {
	first, err := r.number(1)
	if err != nil {
		return err
	}
	if depth > Limits.Depth {
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
	if values > uint64(len(r.Rest)) {
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
