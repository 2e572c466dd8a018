// Package jsonx is the only place that picks a JSON codec, and the place that knows how JSON
// carries binary attachments in Socket.IO.
//
// It writes what JSON.parse reads: no HTML escaping, NaN and infinities are null as with
// JSON.stringify, invalid UTF-8 becomes U+FFFD, times are RFC 3339. Map keys are sorted, so
// equal values give equal bytes. A nil slice is [] and a nil map is {}. As with encoding/json a
// time.Duration is its number of nanoseconds and a json.Number the number that it spells. A byte
// array is base64 text.
//
// It reads what JavaScript really sends: lone surrogates and invalid UTF-8 become U+FFFD, and
// of duplicate names the last wins. Names match case-sensitively. A whole number fits an integer
// however it is written: 5.0, 5e0, -0.
//
// All functions may be called from any goroutine; none keeps its arguments, except that
// attachments are shared with the values that refer to them, in both directions.
package jsonx

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"math"
	"reflect"
	"strconv"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

var (
	reading = json.JoinOptions(jsontext.AllowInvalidUTF8(true), jsonv1.FormatDurationAsNano(true))
	writing = json.JoinOptions(reading, json.Deterministic(true))
)

// Append appends the JSON text of v to dst. A []byte is written as base64: use AppendAttach for
// types that NeedsHook reports. On error dst is returned unchanged.
func Append(dst []byte, v any) ([]byte, error) {
	if out, ok := appendScalar(dst, v); ok {
		return out, nil
	}
	return appendTyped(dst, v, nil)
}

// appendScalar writes the values that need no reflection: 12 ns for a short string where the
// codec takes 165.
func appendScalar(dst []byte, v any) ([]byte, bool) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), true
	case string:
		return AppendString(dst, v), true
	case bool:
		return strconv.AppendBool(dst, v), true
	case int:
		return strconv.AppendInt(dst, int64(v), 10), true
	case int64:
		return strconv.AppendInt(dst, v, 10), true
	case int32:
		return strconv.AppendInt(dst, int64(v), 10), true
	case uint64:
		return strconv.AppendUint(dst, v, 10), true
	case uint32:
		return strconv.AppendUint(dst, uint64(v), 10), true
	case float64:
		return appendFloat(dst, v, 64), true
	case float32:
		return appendFloat(dst, float64(v), 32), true
	case time.Duration:
		return strconv.AppendInt(dst, int64(v), 10), true
	case stdjson.Number:
		out, err := appendNumber(dst, v)
		return out, err == nil
	}
	return dst, false
}

// appendFloat writes the shortest form that reads back, as JavaScript does.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	return jsontext.AppendFloat(dst, f, bits)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// appendWith runs the codec on a borrowed bytes.Buffer over dst, which it appends to in place.
func appendWith(dst []byte, v any, opts json.Options) ([]byte, error) {
	buf := buffers.Get().(*bytes.Buffer)
	*buf = *bytes.NewBuffer(dst)
	err := json.MarshalWrite(buf, v, opts)
	out := buf.Bytes()
	*buf = bytes.Buffer{}
	buffers.Put(buf)
	if err != nil {
		return dst, err
	}
	return out, nil
}

// writingNaN writes non-finite numbers as null. The codec refuses them, and a hook on every
// number would cost each of them a call, so the hook runs only after a refusal.
var writingNaN = json.JoinOptions(writing, json.WithMarshalers(json.MarshalToFunc(writeNaN)))

func writeNaN(enc *jsontext.Encoder, p any) error {
	if v := reflect.ValueOf(p).Elem(); v.CanFloat() {
		if f := v.Float(); math.IsNaN(f) || math.IsInf(f, 0) {
			return enc.WriteToken(jsontext.Null)
		}
	}
	return errors.ErrUnsupported
}

func isFloatError(err error) bool {
	se, ok := errors.AsType[*json.SemanticError](err)
	if !ok || se.GoType == nil {
		return false
	}
	k := se.GoType.Kind()
	return k == reflect.Float64 || k == reflect.Float32
}

// AppendString appends s as a JSON string. Invalid UTF-8 is replaced by U+FFFD.
func AppendString[T ~string | ~[]byte](dst []byte, s T) []byte {
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= utf8.RuneSelf {
			// The error only says that bytes were replaced.
			dst, _ = jsontext.AppendQuote(dst, s)
			return dst
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// Decode reads the one JSON value in data into the value that v points to, which should be
// zero: as with encoding/json, members that data lacks keep what they held. null sets zero.
func Decode(data []byte, v any) error {
	if decodeScalar(data, v) {
		return nil
	}
	if v != nil && traitsOf(reflect.TypeOf(v)).shape == open {
		return DecodeAttach(data, v, nil)
	}
	return decodeWith(data, v, reading, readingIntegers)
}

// decodeWith reads with opts, and once more with others where a whole number isn't written as one.
func decodeWith(data []byte, v any, opts, integers json.Options) error {
	err := decodeUnique(data, v, opts)
	if isIntegerError(err) {
		return decodeUnique(data, v, integers)
	}
	return err
}

func decodeUnique(data []byte, v any, opts json.Options) error {
	err := json.Unmarshal(data, v, opts)
	if err != nil && errors.Is(err, jsontext.ErrDuplicateName) {
		clean, derr := dropDuplicates(data)
		if derr != nil {
			return derr
		}
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && !p.IsNil() {
			p.Elem().SetZero()
		}
		err = json.Unmarshal(clean, v, opts)
		if e, ok := err.(*json.SemanticError); ok {
			e.ByteOffset = -1 // it is one of clean
		}
	}
	return err
}

// decodeScalar reads the plain forms of strings, booleans and integers: 10 ns for an integer
// where the codec takes 120. Everything else, and every error, is the codec's.
func decodeScalar(data []byte, v any) bool {
	switch p := v.(type) {
	case *string:
		if s, ok := plainString(data); ok {
			*p = string(s)
			return true
		}
	case *bool:
		switch string(data) {
		case "true":
			*p = true
			return true
		case "false":
			*p = false
			return true
		}
	case *int:
		n, ok := plainInt(data)
		if ok && int64(int(n)) == n {
			*p = int(n)
			return true
		}
	case *int64:
		if n, ok := plainInt(data); ok {
			*p = n
			return true
		}
	case *time.Duration:
		if n, ok := plainInt(data); ok {
			*p = time.Duration(n)
			return true
		}
	case *float64:
		// Integers of up to 15 digits are exact.
		if n, ok := plainInt(data); ok && len(data) <= 15 && data[0] != '-' {
			*p = float64(n)
			return true
		}
	case *any:
		return *p == nil && decodePlain(data, p)
	}
	return false
}

// decodePlain is decodeScalar for who takes what comes.
func decodePlain(data []byte, p *any) bool {
	if s, ok := plainString(data); ok {
		*p = string(s)
		return true
	}
	switch string(data) {
	case "null":
		return true
	case "true", "false":
		*p = len(data) == len("true")
		return true
	}
	var f float64
	ok := decodeScalar(data, &f)
	if ok {
		*p = f
	}
	return ok
}

// plainString returns the inside of a JSON string of valid UTF-8 without escapes.
func plainString(data []byte) ([]byte, bool) {
	if len(data) < 2 || data[0] != '"' || data[len(data)-1] != '"' {
		return nil, false
	}
	s := data[1 : len(data)-1]
	if plainEnd(s, 0) != len(s) || !utf8.Valid(s) {
		return nil, false
	}
	return s, true
}

// plainInt reads a JSON integer of at most 18 digits.
func plainInt(data []byte) (int64, bool) {
	d, neg := data, false
	if len(d) > 0 && d[0] == '-' {
		d, neg = d[1:], true
	}
	if len(d) == 0 || len(d) > 18 || d[0] == '0' && len(d) > 1 {
		return 0, false
	}
	var n int64
	for _, c := range d {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if neg {
		n = -n
	}
	return n, true
}

// Unquote is the text of a JSON string. What isn't UTF-8 or half a surrogate pair becomes U+FFFD.
func Unquote(quoted []byte) []byte {
	// The error only says that something was replaced.
	text, _ := jsontext.AppendUnquote(nil, quoted)
	return text
}
