package jsonx

import (
	"bytes"
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ErrAttachment is wrapped by the errors of DecodeAttach, CheckAttach and CheckWritten about a
// placeholder that names no attachment or stands where none may be.
var ErrAttachment = errors.New("jsonx: illegal attachment")

var errRawAttachment = fmt.Errorf("%w: raw JSON can't hold binary: take socketio.Args or any", ErrAttachment)

// A hook is bound to one list of attachments at a time. The codec caches per hook which types
// it applies to, so hooks are borrowed instead of made for each call.
type hook struct {
	out *[][]byte // being written; nil for base64
	in  [][]byte  // being read
	raw bool      // the target holds types that read JSON themselves

	plainWriting, openWriting, openWritingNaN json.Options
	plainReading, openReading                 json.Options
	plainReadingIntegers, openReadingIntegers json.Options
}

var hooks = sync.Pool{New: func() any { return newHook() }}

func newHook() *hook {
	h := new(hook)
	plainWrite, openWrite := json.MarshalToFunc(h.writeBytes), json.MarshalToFunc(h.writeAny)
	h.plainWriting = json.JoinOptions(writing, json.WithMarshalers(plainWrite))
	h.openWriting = json.JoinOptions(writing, json.WithMarshalers(openWrite))
	h.openWritingNaN = json.JoinOptions(writing, json.WithMarshalers(
		json.JoinMarshalers(json.MarshalToFunc(writeNaN), openWrite)))
	plainRead, openRead := json.UnmarshalFromFunc(h.readBytes), json.UnmarshalFromFunc(h.readAny)
	h.plainReading = json.JoinOptions(reading, json.WithUnmarshalers(plainRead))
	h.openReading = json.JoinOptions(reading, json.WithUnmarshalers(openRead))
	h.plainReadingIntegers = json.JoinOptions(reading, json.WithUnmarshalers(json.JoinUnmarshalers(integers, plainRead)))
	h.openReadingIntegers = json.JoinOptions(reading, json.WithUnmarshalers(json.JoinUnmarshalers(integers, openRead)))
	return h
}

func (h *hook) release() {
	h.out, h.in, h.raw = nil, nil, false
	hooks.Put(h)
}

// AppendAttach appends the JSON text of v to dst with {"_placeholder":true,"num":n} in place
// of each []byte, which becomes the nth of atts. Byte slices of a named type count too unless
// they have their own JSON form. A nil []byte is null. Attachments share memory with v. On
// error dst and atts are unchanged.
func AppendAttach(dst []byte, v any, atts *[][]byte) ([]byte, error) {
	if out, ok := appendScalar(dst, v); ok {
		return out, nil
	}
	before := len(*atts)
	out, err := appendTree(dst, v, atts, 0)
	if err != nil {
		clear((*atts)[before:])
		*atts = (*atts)[:before]
		return dst, err
	}
	return out, nil
}

// appendTyped writes a value that is not a tree. Without atts a []byte becomes base64.
func appendTyped(dst []byte, v any, atts *[][]byte) ([]byte, error) {
	s := traitsOf(reflect.TypeOf(v)).shape
	if s == bare || s == plain && atts == nil {
		out, err := appendWith(dst, v, writing)
		if isFloatError(err) {
			return appendWith(dst, v, writingNaN)
		}
		return out, err
	}
	h := hooks.Get().(*hook)
	defer h.release()
	h.out = atts
	opts, before := h.plainWriting, 0
	if s == open {
		opts = h.openWriting
	}
	if atts != nil {
		before = len(*atts)
	}
	out, err := appendWith(dst, v, opts)
	if isFloatError(err) {
		if atts != nil {
			*atts = (*atts)[:before]
		}
		return appendWith(dst, v, h.openWritingNaN)
	}
	return out, err
}

func (h *hook) writeBytes(enc *jsontext.Encoder, b []byte) error {
	if h.out == nil {
		return errors.ErrUnsupported
	}
	if b == nil {
		return enc.WriteToken(jsontext.Null)
	}
	var room [48]byte
	return enc.WriteValue(appendBinary(room[:0], b, h.out))
}

// writeAny gets a pointer to each value.
func (h *hook) writeAny(enc *jsontext.Encoder, p any) error {
	switch p := p.(type) {
	case *[]byte:
		return h.writeBytes(enc, *p)
	case *stdjson.Number:
		return writeNumber(enc, *p)
	}
	switch t := reflect.TypeOf(p).Elem(); {
	case isNamedBytes(t):
		return h.writeBytes(enc, reflect.ValueOf(p).Elem().Bytes())
	case t.Kind() == reflect.Pointer && t.Elem().Kind() == reflect.Interface && isEndless(reflect.ValueOf(p).Elem()):
		return errCycle
	}
	return errors.ErrUnsupported
}

// isEndless reports whether a pointer to an interface leads back to itself. The codec finds cycles
// only where they nest arrays or objects, and would follow this one until the stack is full.
func isEndless(v reflect.Value) bool {
	for range codecDepth {
		if k := v.Kind(); k != reflect.Pointer && k != reflect.Interface || v.IsNil() {
			return false
		}
		v = v.Elem()
	}
	return true
}

func isNamedBytes(t reflect.Type) bool {
	return t.Kind() == reflect.Slice && t.Elem() == byteType && !hasOwnForm(t)
}

// appendBinary writes the placeholder of b and adds b to atts.
func appendBinary(dst, b []byte, atts *[][]byte) []byte {
	dst = append(dst, plainStart...)
	dst = strconv.AppendInt(dst, int64(len(*atts)), 10)
	*atts = append(*atts, b)
	return append(dst, '}')
}

// DecodeAttach is Decode for data that came with attachments: a placeholder becomes the []byte it
// names, in a []byte target and inside any trees. The bytes are shared with atts. A []byte target
// takes base64 text too. A placeholder that names no attachment is an error, and so is one for a
// whole struct or map, and one in what a json.RawMessage or another type with its own UnmarshalJSON
// would get: there its number would mean nothing. Without attachments an any tree keeps such an
// object as it is, as the JavaScript parser does, and so does raw JSON.
func DecodeAttach(data []byte, v any, atts [][]byte) error {
	if decodeScalar(data, v) {
		return nil
	}
	if decodeBytes(data, v, atts) {
		return nil
	}
	if len(atts) > 0 && isBytes(data) && readsMembers(v) {
		return unfit(reflect.TypeOf(v).Elem(), ErrAttachment) // whose members it doesn't have
	}
	switch p := v.(type) {
	case *any:
		*p = nil
		if err := decodeWith(data, p, reading, readingIntegers); err != nil {
			return err
		}
		return resolve(p, atts)
	case *map[string]any:
		if err := decodeWith(data, p, reading, readingIntegers); err != nil {
			return err
		}
		return resolveMembers(*p, atts)
	case *[]any:
		if err := decodeWith(data, p, reading, readingIntegers); err != nil {
			return err
		}
		return resolveElements(*p, atts)
	}
	t := traitsOf(reflect.TypeOf(v))
	raw := t.raw && len(atts) > 0
	if t.shape == bare && !raw {
		return decodeWith(data, v, reading, readingIntegers)
	}
	h := hooks.Get().(*hook)
	defer h.release()
	h.in, h.raw = atts, raw
	if t.shape == open || raw {
		return decodeWith(data, v, h.openReading, h.openReadingIntegers)
	}
	return decodeWith(data, v, h.plainReading, h.plainReadingIntegers)
}

// decodeBytes reads a placeholder that is written as clients write it into bytes, or what takes
// anything: 15 ns where the codec takes 800.
func decodeBytes(data []byte, v any, atts [][]byte) bool {
	n, end := plainPlaceholder(data)
	if end == 0 || end < len(data) || n >= len(atts) {
		return false
	}
	switch p := v.(type) {
	case *any:
		*p = atts[n]
	case *[]byte:
		*p = atts[n]
	default:
		return false
	}
	return true
}

// isBytes reports whether data is a placeholder and nothing else.
func isBytes(data []byte) bool {
	const most = 64
	return len(data) <= most && bytes.LastIndexByte(data, '{') == 0 && isPlaceholder(data)
}

// readsMembers reports whether v points to what is read from the members of an object.
func readsMembers(v any) bool {
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.Pointer {
		return false // no target at all
	}
	for t.Kind() == reflect.Pointer {
		if readsOwnForm(t.Elem()) {
			return false
		}
		t = t.Elem()
	}
	return t.Kind() == reflect.Struct || t.Kind() == reflect.Map
}

func (h *hook) readBytes(dec *jsontext.Decoder, p *[]byte) error {
	if dec.PeekKind() != '{' {
		return errors.ErrUnsupported
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	var ph struct {
		Placeholder bool     `json:"_placeholder"`
		Num         *float64 `json:"num"`
	}
	if err := json.Unmarshal(val, &ph, reading); err != nil {
		return unfit(bytesType, fmt.Errorf("%w: %w", ErrAttachment, err))
	}
	if !ph.Placeholder || ph.Num == nil {
		return unfit(bytesType, ErrAttachment)
	}
	i, ok := index(*ph.Num, len(h.in))
	if !ok {
		return unfit(bytesType, ErrAttachment)
	}
	*p = h.in[i]
	return nil
}

// readAny gets a pointer to each target.
func (h *hook) readAny(dec *jsontext.Decoder, p any) error {
	switch p := p.(type) {
	case *[]byte:
		return h.readBytes(dec, p)
	case *any:
		val, err := dec.ReadValue()
		if err != nil {
			return err
		}
		*p = nil
		if err := json.Unmarshal(val, p, reading); err != nil {
			return err
		}
		return resolve(p, h.in)
	case *stdjson.Number:
		return readNumber(dec, p)
	}
	t := reflect.TypeOf(p).Elem()
	if h.raw && readsItself(t) {
		return readRaw(dec, p)
	}
	if !isNamedBytes(t) || dec.PeekKind() != '{' {
		return errors.ErrUnsupported
	}
	var b []byte
	if err := h.readBytes(dec, &b); err != nil {
		return err
	}
	reflect.ValueOf(p).Elem().SetBytes(b)
	return nil
}

// readRaw lets p read its own JSON if no placeholder is in it.
func readRaw(dec *jsontext.Decoder, p any) error {
	if k := dec.PeekKind(); k != '{' && k != '[' {
		return errors.ErrUnsupported
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if n, _ := placeholders(val, 0); n > 0 {
		return errRawAttachment
	}
	if err := json.Unmarshal(val, p, reading); err != nil {
		return fmt.Errorf("raw JSON: %w", err) // not as it is: its place is one in val
	}
	return nil
}
