package msgpack

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
	"github.com/madang-chat/madang/internal/packet"
)

// Append writes a packet that was made as text: its head by packet.AppendHead, valid JSON behind
// it, and the attachments that its placeholders name. An object that looks like a placeholder but
// names none is written as it is.
func Append(dst, text []byte, attachments [][]byte) []byte {
	kind, namespace, id, data := packet.SplitHead(text)
	fields := 2 + min(len(id), 1) + min(len(data), 1)
	dst = append(dst, fixMap|byte(fields))
	dst = append(appendText(dst, "type"), byte(kind))
	dst = appendText(appendText(dst, "nsp"), namespace)
	if len(data) > 0 {
		w := writer{out: appendText(dst, "data"), in: data, counts: count(data), atts: attachments}
		w.value()
		dst = w.out
	}
	if len(id) > 0 {
		n, _ := strconv.ParseUint(string(id), 10, 64) // AppendHead wrote it
		dst = appendUint(appendText(dst, "id"), n)
	}
	return dst
}

// count tells how many elements each array and each object of a JSON value has, in the order in
// which they begin.
func count(data []byte) (counts []int) {
	var open []int
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '"':
			i = stringEnd(data, i) - 1
		case '[', '{':
			open = append(open, len(counts))
			counts = append(counts, 1)
			if next := data[skipSpace(data, i+1)]; next == ']' || next == '}' {
				counts[len(counts)-1] = 0
			}
		case ',':
			counts[open[len(open)-1]]++
		case ']', '}':
			open = open[:len(open)-1]
		}
	}
	return counts
}

// stringEnd is the index behind the string that begins at i.
func stringEnd(data []byte, i int) int {
	for i++; data[i] != '"'; i++ {
		if data[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func skipSpace(data []byte, i int) int {
	for data[i] == ' ' || data[i] == '\t' || data[i] == '\r' || data[i] == '\n' {
		i++
	}
	return i
}

// A writer goes once through a JSON value.
type writer struct {
	out    []byte
	in     []byte // the whole value
	at     int    // what has been read of it
	counts []int  // of the containers that haven't begun yet
	atts   [][]byte
}

// next goes to the next byte that is neither white space nor a separator.
func (w *writer) next() byte {
	for {
		switch c := w.in[w.at]; c {
		case ' ', '\t', '\r', '\n', ',', ':':
			w.at++
		default:
			return c
		}
	}
}

func (w *writer) begin() (n int) {
	n, w.counts = w.counts[0], w.counts[1:]
	return n
}

func (w *writer) value() {
	switch w.next() {
	case '{':
		n := w.begin()
		if a, length, ok := w.attachment(); ok {
			w.out = append(appendSize(w.out, len(a), bin8), a...)
			w.at += length
			return
		}
		w.out = appendLength(w.out, n, fixMap, map16)
		w.elements(2 * n)
	case '[':
		n := w.begin()
		w.out = appendLength(w.out, n, fixArray, array16)
		w.elements(n)
	case '"':
		end := stringEnd(w.in, w.at)
		text := w.in[w.at+1 : end-1]
		if bytes.IndexByte(text, '\\') >= 0 || !utf8.Valid(text) {
			text = jsonx.Unquote(w.in[w.at:end])
		}
		w.out = appendText(w.out, text)
		w.at = end
	case 't':
		w.out = append(w.out, boolYes)
		w.at += len("true")
	case 'f':
		w.out = append(w.out, boolNo)
		w.at += len("false")
	case 'n':
		w.out = append(w.out, null)
		w.at += len("null")
	default:
		start := w.at
		for w.at < len(w.in) && bytes.IndexByte([]byte("+-.0123456789Ee"), w.in[w.at]) >= 0 {
			w.at++
		}
		w.out = appendNumber(w.out, string(w.in[start:w.at]))
	}
}

// elements writes the inside of a container and steps over its end.
func (w *writer) elements(n int) {
	w.at++
	for range n {
		w.value()
	}
	w.next()
	w.at++
}

const placeholder = `{"_placeholder":true,"num":`

// attachment finds the attachment that stands here; length is that of its placeholder.
func (w *writer) attachment() (a []byte, length int, ok bool) {
	rest, found := bytes.CutPrefix(w.in[w.at:], []byte(placeholder))
	if !found {
		return nil, 0, false
	}
	digits, _, _ := bytes.Cut(rest, []byte{'}'})
	i, err := strconv.Atoi(string(digits))
	if err != nil || i < 0 || i >= len(w.atts) {
		return nil, 0, false
	}
	return w.atts[i], len(placeholder) + len(digits) + 1, true
}

// appendNumber writes whole numbers as such, as JavaScript does, and others as float64.
func appendNumber(dst []byte, text string) []byte {
	if n, err := strconv.ParseUint(text, 10, 64); err == nil {
		return appendUint(dst, n)
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return appendInt(dst, n)
	}
	f, _ := strconv.ParseFloat(text, 64) // what is too large becomes infinite
	return binary.BigEndian.AppendUint64(append(dst, float64s), math.Float64bits(f))
}

func appendUint(dst []byte, n uint64) []byte {
	switch {
	case n < fixMap:
		return append(dst, byte(n))
	case n <= math.MaxUint8:
		return append(dst, uint8s, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, uint8s+1), uint16(n))
	case n <= math.MaxUint32:
		return binary.BigEndian.AppendUint32(append(dst, uint8s+2), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, uint8s+3), n)
}

// appendInt writes a negative number.
func appendInt(dst []byte, n int64) []byte {
	switch {
	case n >= 0:
		return appendUint(dst, uint64(n)) // -0
	case n >= -32:
		return append(dst, byte(n))
	case n >= math.MinInt8:
		return append(dst, int8s, byte(n))
	case n >= math.MinInt16:
		return binary.BigEndian.AppendUint16(append(dst, int8s+1), uint16(n))
	case n >= math.MinInt32:
		return binary.BigEndian.AppendUint32(append(dst, int8s+2), uint32(n))
	}
	return binary.BigEndian.AppendUint64(append(dst, int8s+3), uint64(n))
}

func appendText[T string | []byte](dst []byte, s T) []byte {
	if len(s) < 32 {
		dst = append(dst, fixStr|byte(len(s)))
	} else {
		dst = appendSize(dst, len(s), str8)
	}
	return append(dst, s...)
}

// appendSize writes a length of 8, 16 or 32 bits behind the first byte of that form.
func appendSize(dst []byte, n int, first byte) []byte {
	switch {
	case n <= math.MaxUint8:
		return append(dst, first, byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, first+1), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, first+2), uint32(n))
}

// appendLength writes the head of an array or a map.
func appendLength(dst []byte, n int, fix, wide byte) []byte {
	switch {
	case n < 16:
		return append(dst, fix|byte(n))
	case n <= math.MaxUint16:
		return binary.BigEndian.AppendUint16(append(dst, wide), uint16(n))
	}
	return binary.BigEndian.AppendUint32(append(dst, wide+1), uint32(n))
}
