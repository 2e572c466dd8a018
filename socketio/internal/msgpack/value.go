package msgpack

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/madang-chat/madang/internal/jsonx"
)

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
		r.ambiguous = r.ambiguous || string(key) == "_placeholder"
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
