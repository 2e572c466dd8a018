package socketio

import (
	"fmt"
	"reflect"

	"github.com/madang-chat/madang/internal/jsonx"
)

// Args are the arguments of an event or an ack as they came: the raw door, for proxies and for events whose arguments
// vary. Args given to Emit or returned from a handler stand for all their arguments. They are immutable and may be
// kept; any goroutine may use them.
type Args struct {
	raw         []byte // the inside of a JSON array that has been checked
	attachments [][]byte
}

// ArgsOf makes Args of values.
func ArgsOf(values ...any) (Args, error) {
	a := Args{}
	buf := []byte{'['}
	for i, v := range values {
		var err error
		if buf, err = appendValue(buf, v, &a.attachments); err != nil {
			return Args{}, fmt.Errorf("socketio: encode argument %d: %w", i+1, err)
		}
	}
	a.raw = buf[1:]
	return a, nil
}

// Len is the number of arguments.
func (a Args) Len() int {
	n := 0
	for range jsonx.Values(a.raw) {
		n++
	}
	return n
}

// Decode reads argument i, counted from 0, into the value that v points to. An argument that
// is missing leaves v as it is. Binary becomes []byte.
func (a Args) Decode(i int, v any) error {
	for arg := range jsonx.Values(a.raw) {
		if i--; i < 0 {
			return jsonx.DecodeAttach(arg, v, a.attachments)
		}
	}
	return nil
}

// Values decodes all arguments into map[string]any, []any, float64, string, bool, nil and []byte.
func (a Args) Values() ([]any, error) {
	values := []any{}
	for arg := range jsonx.Values(a.raw) {
		var v any
		if err := jsonx.DecodeAttach(arg, &v, a.attachments); err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

// append passes the text on as it is: the packet codec has checked its placeholders. Behind other attachments they get new numbers.
func (a Args) append(dst []byte, atts *[][]byte) ([]byte, error) {
	if len(a.raw) == 0 {
		return dst, nil
	}
	if len(a.attachments) == 0 {
		return append(comma(dst), a.raw...), nil
	}
	if len(*atts) == 0 {
		*atts = append(*atts, a.attachments...)
		return append(comma(dst), a.raw...), nil
	}
	values, err := a.Values()
	if err != nil {
		return dst, err
	}
	for _, v := range values {
		if dst, err = appendArg(dst, v, true, atts); err != nil {
			return dst, err
		}
	}
	return dst, nil
}

// appendValue writes a value of the untyped door.
func appendValue(dst []byte, v any, atts *[][]byte) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(comma(dst), "null"...), nil
	case Args:
		return v.append(dst, atts)
	}
	return planFor(reflect.TypeOf(v)).append(dst, v, atts)
}
