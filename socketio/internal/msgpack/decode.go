package msgpack

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Decode reads one packet. Text is the packet as internal/packet reads it, with placeholders for the attachments, which alias p.
// Keys of the packet that aren't known are ignored. Depth and binaries are what it may have at most.
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
		key, err := r.key()
		if err != nil {
			return h, err
		}
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
		if i < 0 || string(value) == "null" { // also undefined: other languages write a key without a value
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

// length reads a length of size bytes and checks that as many items of at least one byte can follow.
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
func (r *reader) text() (string, error) {
	p, err := r.take(1)
	if err != nil {
		return "", err
	}
	n := 0
	switch c := p[0]; {
	case c&0xe0 == fixStr:
		n = int(c & 0x1f)
	case c >= str8 && c < str8+3:
		if n, err = r.length(1 << (c - str8)); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("%w: %#x is no string", ErrFormat, c)
	}
	p, err = r.take(n)
	return string(p), err
}

// key reads the key of a map. Other languages have keys that are no strings; JavaScript makes strings of them.
func (r *reader) key() (string, error) {
	if len(r.rest) == 0 {
		return "", ErrTruncate
	}
	switch c := r.rest[0]; {
	case c&0xe0 == fixStr, c >= str8 && c < str8+3:
		return r.text()
	case c < fixMap, c >= negative, c >= null && c <= boolYes, c >= float32s && c < int8s+4:
		value, err := r.value(nil, 0)
		return string(value), err
	case c >= bin8 && c < bin8+3:
		r.rest = r.rest[1:]
		n, err := r.length(1 << (c - bin8))
		if err != nil {
			return "", err
		}
		p, err := r.take(n)
		return string(p), err
	}
	return "", fmt.Errorf("%w: %#x is no key", ErrFormat, r.rest[0])
}

// value appends one value as JSON.
func (r *reader) value(dst []byte, depth int) ([]byte, error) {
	if len(r.rest) == 0 {
		return dst, ErrTruncate
	}
	c := r.rest[0]
	switch {
	case c&0xe0 == fixStr, c >= str8 && c < str8+3:
		s, err := r.text()
		return jsonx.AppendString(dst, s), err
	case c&0xf0 == fixMap, c == map16, c == map16+1:
		return r.object(dst, depth)
	case c&0xf0 == fixArray, c == array16, c == array16+1:
		return r.array(dst, depth)
	}
	r.rest = r.rest[1:]
	switch {
	case c < fixMap:
		return strconv.AppendInt(dst, int64(c), 10), nil
	case c >= negative:
		return strconv.AppendInt(dst, int64(int8(c)), 10), nil
	case c == null:
		return append(dst, "null"...), nil
	case c == boolNo:
		return append(dst, "false"...), nil
	case c == boolYes:
		return append(dst, "true"...), nil
	case c >= bin8 && c < bin8+3:
		n, err := r.length(1 << (c - bin8))
		if err != nil {
			return dst, err
		}
		return r.binary(dst, n)
	case c >= ext8 && c < ext8+3:
		n, err := r.length(1 << (c - ext8))
		if err != nil {
			return dst, err
		}
		return r.extension(dst, n, false)
	case c >= fixExt1 && c < fixExt1+5:
		return r.extension(dst, 1<<(c-fixExt1), true)
	case c == float32s:
		n, err := r.number(4)
		return appendFloat(dst, float64(math.Float32frombits(uint32(n))), 32), err
	case c == float64s:
		n, err := r.number(8)
		return appendFloat(dst, math.Float64frombits(n), 64), err
	case c >= uint8s && c < uint8s+4:
		n, err := r.number(1 << (c - uint8s))
		return strconv.AppendUint(dst, n, 10), err
	case c >= int8s && c < int8s+4:
		size := 1 << (c - int8s)
		n, err := r.number(size)
		shift := 64 - 8*size
		return strconv.AppendInt(dst, int64(n<<shift)>>shift, 10), err
	}
	return dst, fmt.Errorf("%w: %#x is no value", ErrFormat, c)
}

func (r *reader) array(dst []byte, depth int) ([]byte, error) {
	n, err := r.container(fixArray, array16)
	if err != nil {
		return dst, err
	}
	if depth >= r.depth {
		return dst, ErrDepth
	}
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = r.value(dst, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func (r *reader) object(dst []byte, depth int) ([]byte, error) {
	n, err := r.container(fixMap, map16)
	if err != nil {
		return dst, err
	}
	if depth >= r.depth {
		return dst, ErrDepth
	}
	dst = append(dst, '{')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		key, err := r.key()
		if err != nil {
			return dst, err
		}
		r.ambiguous = r.ambiguous || key == "_placeholder"
		dst = append(jsonx.AppendString(dst, key), ':')
		if dst, err = r.value(dst, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

func (r *reader) binary(dst []byte, n int) ([]byte, error) {
	p, err := r.take(n)
	if err != nil {
		return dst, err
	}
	if r.base64 {
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), p), '"'), nil
	}
	if len(r.atts) >= r.binaries {
		return dst, ErrBinaries
	}
	dst = append(dst, `{"_placeholder":true,"num":`...)
	dst = strconv.AppendInt(dst, int64(len(r.atts)), 10)
	r.atts = append(r.atts, p)
	return append(dst, '}'), nil
}

// extension reads a value of n bytes behind its type.
func (r *reader) extension(dst []byte, n int, fixed bool) ([]byte, error) {
	p, err := r.take(1)
	if err != nil {
		return dst, err
	}
	kind := int8(p[0])
	if kind == 0 && !fixed {
		return r.binary(dst, n)
	}
	whole := r.rest
	if p, err = r.take(n); err != nil {
		return dst, err
	}
	switch {
	case kind == 0 && n == 1:
		return append(dst, "null"...), nil
	case kind == 0 && n == 8:
		ms := int64(binary.BigEndian.Uint64(p))
		return appendTime(dst, time.UnixMilli(ms)), nil
	case kind == -1 && n == 4:
		return appendTime(dst, time.Unix(int64(binary.BigEndian.Uint32(p)), 0)), nil
	case kind == -1 && n == 8:
		v := binary.BigEndian.Uint64(p)
		return appendTime(dst, time.Unix(int64(v&(1<<34-1)), int64(v>>34))), nil
	case kind == -1 && n == 12:
		return appendTime(dst, time.Unix(int64(binary.BigEndian.Uint64(p[4:])), int64(binary.BigEndian.Uint32(p)))), nil
	}
	// Of a type that it doesn't know the JavaScript library makes a pair.
	r.rest = whole
	dst = append(strconv.AppendInt(append(dst, '['), int64(kind), 10), ',')
	dst, err = r.binary(dst, n)
	return append(dst, ']'), err
}

// appendTime writes what Date.toJSON does; a time out of its range is null there too.
func appendTime(dst []byte, t time.Time) []byte {
	t = t.UTC()
	if y := t.Year(); y < 0 || y > 9999 {
		return append(dst, "null"...)
	}
	return t.AppendFormat(dst, `"2006-01-02T15:04:05.000Z"`)
}

// appendFloat writes a number as JSON.stringify does; there is none for what isn't finite.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f), math.IsInf(f, 0):
		return append(dst, "null"...)
	case f == math.Trunc(f) && math.Abs(f) < 1e21:
		return strconv.AppendFloat(dst, f, 'f', -1, bits)
	}
	return strconv.AppendFloat(dst, f, 'g', -1, bits)
}
