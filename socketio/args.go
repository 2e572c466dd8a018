package socketio

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
)

// Args are all arguments of an event or ack, immutable, also in Emit and acks.
type Args struct {
	raw         []byte // the inside of a JSON array that has been checked
	attachments [][]byte
}

// ArgsOf makes Args of values.
func ArgsOf(values ...any) (Args, error) {
	a := Args{}
	buf := []byte{'['}
	for i, v := range values {
		err := protect(func() (err error) { buf, err = appendValue(buf, v, &a.attachments); return err })
		if err != nil {
			return Args{}, fmt.Errorf("socketio: encode argument %d: %w", i+1, err)
		}
	}
	a.raw = buf[1:]
	if err := a.checkWritten(); err != nil {
		return Args{}, fmt.Errorf("socketio: encode arguments: %w", err)
	}
	return a, nil
}

// checkWritten reports whether each attachment stands in one place.
func (a Args) checkWritten() error {
	if len(a.attachments) == 0 {
		return nil
	}
	return jsonx.CheckWritten(a.raw, len(a.attachments))
}

func (a Args) MarshalJSON() ([]byte, error) {
	if len(a.attachments) > 0 {
		return nil, errors.New("socketio: Args with binary inside of another value")
	}
	return a.array(), nil
}

func (a *Args) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*a = Args{}
		return nil
	}
	if len(data) < 2 || data[0] != '[' || data[len(data)-1] != ']' {
		return errors.New("socketio: Args from JSON that is no array")
	}
	*a = Args{raw: inside(bytes.Clone(data))}
	return nil
}

// array is the arguments as a JSON array.
func (a Args) array() []byte { return append(append([]byte{'['}, a.raw...), ']') }

// inside is what stands between the brackets of an array, which has been checked.
func inside(array []byte) []byte { return bytes.TrimSpace(array[1 : len(array)-1]) }

// Len is the number of arguments.
func (a Args) Len() int {
	n := 0
	for range jsonx.Values(a.raw) {
		n++
	}
	return n
}

// Decode reads argument i, from 0, into what v points to; a missing one leaves it as it is. What
// doesn't fit is an *Error of CodeBadPayload.
func (a Args) Decode(i int, v any) error {
	index := i
	for arg := range jsonx.Values(a.raw) {
		if i--; i < 0 {
			if err := jsonx.DecodeAttach(arg, v, a.attachments); err != nil {
				return badArgument(index, arg, a.attachments, err)
			}
			return nil
		}
	}
	return nil
}

// Values decodes all arguments, objects into map[string]any, lists into []any.
func (a Args) Values() ([]any, error) {
	values := []any{}
	for arg := range jsonx.Values(a.raw) {
		var v any
		if err := jsonx.DecodeAttach(arg, &v, a.attachments); err != nil {
			return nil, badArgument(len(values), arg, a.attachments, err)
		}
		values = append(values, v)
	}
	return values, nil
}

// maxArgsText is how much of the JSON String shows.
const maxArgsText = 200

func (a Args) String() string {
	text, end := a.raw, "]"
	if len(text) > maxArgsText {
		n := maxArgsText
		for n > 0 && !utf8.RuneStart(text[n]) {
			n--
		}
		text, end = text[:n], "…"
	}
	s := "[" + string(text) + end
	switch n := len(a.attachments); n {
	case 0:
		return s
	case 1:
		return s + " with 1 attachment"
	default:
		return fmt.Sprintf("%s with %d attachments", s, n)
	}
}

// append passes the text on as it is: the packet codec has checked its placeholders. Behind other
// attachments they get new numbers, and also when an attachment stands in more than one place or in
// none, so that encode can tell a placeholder from raw JSON.
func (a Args) append(dst []byte, atts *[][]byte) ([]byte, error) {
	if len(a.raw) == 0 {
		return dst, nil
	}
	if len(a.attachments) == 0 {
		return append(comma(dst), a.raw...), nil
	}
	if len(*atts) == 0 && a.checkWritten() == nil {
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

// appendValue writes an argument of Emit or Ask.
func appendValue(dst []byte, v any, atts *[][]byte) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(comma(dst), "null"...), nil
	case Args:
		return v.append(dst, atts)
	}
	return planFor(reflect.TypeOf(v)).append(dst, v, atts)
}
