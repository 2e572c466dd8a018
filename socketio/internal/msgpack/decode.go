package msgpack

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Decode reads one packet. Text is the packet as internal/packet reads it, with placeholders for
// the attachments, which alias p. Keys of the packet that aren't known are ignored. Depth and
// binaries are what it may have at most.
func Decode(p []byte, depth, binaries int) (text []byte, attachments [][]byte, err error) {
	r := reader{rest: p, depth: depth, binaries: binaries}
	head, err := r.packet()
	if err != nil {
		return nil, nil, err
	}
	if len(r.rest) > 0 {
		return nil, nil, fmt.Errorf("%w: %d bytes behind it", ErrFormat, len(r.rest))
	}
	if len(r.atts) > 0 && r.ambiguous {
		return nil, nil, fmt.Errorf("%w: a key _placeholder beside binary values", ErrFormat)
	}
	text = packet.AppendHead(nil, head.kind, head.namespace, len(r.atts), head.id, head.hasID)
	return append(text, head.data...), r.atts, nil
}

type head struct {
	kind      packet.Type
	namespace string
	data      []byte // JSON
	id        uint64
	hasID     bool
}

// A reader consumes a packet.
type reader struct {
	rest      []byte
	atts      [][]byte
	ambiguous bool // an object of the sender's looks like a placeholder
	base64    bool // binary becomes text

	depth, binaries int // the limits
}

func (r *reader) packet() (h head, err error) {
	n, err := r.container(fixMap, map16)
	if err != nil {
		return h, err
	}
	var seen [len(keys)]bool
	var data []byte // where it begins
	for range n {
		name, err := r.key()
		if err != nil {
			return h, err
		}
		key := string(name)
		if key == "data" {
			r.atts = nil // of a key that comes twice the last counts
		}
		before, rest := len(r.atts), r.rest
		value, err := r.value(nil, 0)
		if err != nil {
			return h, err
		}
		i := slices.Index(keys[:], key)
		if key != "data" {
			r.atts = r.atts[:before]
		}
		if i < 0 || string(value) == "null" {
			// also undefined: other languages write a key without a value
			continue
		}
		seen[i] = true
		if key == "data" {
			data = rest
		}
		if err := h.set(key, value); err != nil {
			return h, err
		}
	}
	if !seen[0] {
		return h, fmt.Errorf("%w: no type", ErrFormat)
	}
	return h, r.finish(&h, data)
}

// finish settles what depends on the type, which may come last.
func (r *reader) finish(h *head, data []byte) (err error) {
	switch h.kind {
	case packet.Disconnect:
		h.data, r.atts = nil, nil // it says nothing
	case packet.Connect, packet.ConnectError:
		if len(r.atts) > 0 {
			text := reader{rest: data, depth: r.depth, base64: true}
			h.data, err = text.value(nil, 0)
			r.atts = nil
		}
	}
	return err
}

// keys are those of a packet; the first must be there.
var keys = [...]string{"type", "nsp", "data", "id"}

func (h *head) set(key string, value []byte) error {
	switch key {
	case "type":
		if len(value) != 1 || value[0] < '0' || value[0] > '0'+byte(packet.BinaryAck) {
			return fmt.Errorf("%w: type %.20s", ErrFormat, value)
		}
		h.kind = packet.Type(value[0] - '0')
		if h.kind >= packet.BinaryEvent { // of clients for Socket.IO 2
			h.kind -= packet.BinaryEvent - packet.Event
		}
	case "nsp":
		if value[0] != '"' {
			return fmt.Errorf("%w: nsp is no string", ErrFormat)
		}
		h.namespace = string(jsonx.Unquote(value))
		if h.namespace != "" && !strings.HasPrefix(h.namespace, "/") || strings.Contains(h.namespace, ",") {
			return fmt.Errorf("%w: nsp %.40q", ErrFormat, h.namespace)
		}
	case "data":
		h.data = value
	case "id":
		if value[0] == '-' {
			return nil // none, in the words of some clients
		}
		id, err := strconv.ParseUint(string(value), 10, 64)
		if err != nil {
			return fmt.Errorf("%w: id %.20s", ErrFormat, value)
		}
		h.id, h.hasID = id, true
	}
	return nil
}

func (r *reader) take(n int) ([]byte, error) {
	if n > len(r.rest) {
		return nil, ErrTruncate
	}
	p := r.rest[:n:n]
	r.rest = r.rest[n:]
	return p, nil
}

// number reads a big-endian number of 1, 2, 4 or 8 bytes.
func (r *reader) number(size int) (uint64, error) {
	p, err := r.take(size)
	if err != nil {
		return 0, err
	}
	var room [8]byte
	copy(room[8-size:], p)
	return binary.BigEndian.Uint64(room[:]), nil
}

// length reads a length of size bytes and checks that as many items of at least one byte can
// follow.
func (r *reader) length(size int) (int, error) {
	n, err := r.number(size)
	if err != nil {
		return 0, err
	}
	if n > uint64(len(r.rest)) {
		return 0, ErrTruncate
	}
	return int(n), nil
}

// container reads the head of an array or a map.
func (r *reader) container(fix, wide byte) (int, error) {
	p, err := r.take(1)
	if err != nil {
		return 0, err
	}
	switch c := p[0]; {
	case c&0xf0 == fix:
		return int(c & 0x0f), nil
	case c == wide:
		return r.length(2)
	case c == wide+1:
		return r.length(4)
	}
	return 0, fmt.Errorf("%w: begins with %#x", ErrFormat, p[0])
}

// text reads a string.
func (r *reader) text() ([]byte, error) {
	p, err := r.take(1)
	if err != nil {
		return nil, err
	}
	n := 0
	switch c := p[0]; {
	case c&0xe0 == fixStr:
		n = int(c & 0x1f)
	case c >= str8 && c < str8+3:
		if n, err = r.length(1 << (c - str8)); err != nil {
			return nil, err
		}
	default:
		return nil, fmt.Errorf("%w: %#x is no string", ErrFormat, c)
	}
	return r.take(n)
}

// key reads the key of a map. Other languages have keys that are no strings; JavaScript makes
// strings of them.
func (r *reader) key() ([]byte, error) {
	if len(r.rest) == 0 {
		return nil, ErrTruncate
	}
	switch c := r.rest[0]; {
	case c&0xe0 == fixStr, c >= str8 && c < str8+3:
		return r.text()
	case c < fixMap, c >= negative, c >= null && c <= boolYes, c >= float32s && c < int8s+4:
		return r.value(nil, 0)
	case c >= bin8 && c < bin8+3:
		r.rest = r.rest[1:]
		n, err := r.length(1 << (c - bin8))
		if err != nil {
			return nil, err
		}
		return r.take(n)
	}
	return nil, fmt.Errorf("%w: %#x is no key", ErrFormat, r.rest[0])
}
