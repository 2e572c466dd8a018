package jsonx

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/go-json-experiment/json/jsontext"
)

// The codec takes a json.Number for the string that it is. These hooks make it a number, under the
// rules of encoding/json: an empty one is 0, and text that spells a number is read too. As the key
// of a map it stays text.

var numberType = reflect.TypeFor[stdjson.Number]()

func appendNumber(dst []byte, n stdjson.Number) ([]byte, error) {
	if n == "" {
		return append(dst, '0'), nil
	}
	if !isNumber(string(n)) {
		return dst, fmt.Errorf("jsonx: %q is not a number", string(n))
	}
	return append(dst, n...), nil
}

func isNumber(s string) bool {
	if s == "" {
		return false
	}
	end, ok := number([]byte(s), 0)
	return ok && end == len(s)
}

func writeNumber(enc *jsontext.Encoder, n stdjson.Number) error {
	if isName(enc.StackIndex(enc.StackDepth())) {
		return errors.ErrUnsupported
	}
	var room [32]byte
	text, err := appendNumber(room[:0], n)
	if err != nil {
		return err
	}
	return enc.WriteValue(text)
}

func readNumber(dec *jsontext.Decoder, p *stdjson.Number) error {
	k := dec.PeekKind()
	if k != '0' && k != '"' || isName(dec.StackIndex(dec.StackDepth())) {
		return errors.ErrUnsupported
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text := string(val)
	if k == '"' {
		if text = string(Unquote(val)); !isNumber(text) {
			return unfit(numberType, fmt.Errorf("jsonx: %.40q is not a number", text))
		}
	}
	*p = stdjson.Number(text)
	return nil
}

// isName tells whether the next token is the name of a member.
func isName(kind jsontext.Kind, length int64) bool { return kind == '{' && length%2 == 0 }
