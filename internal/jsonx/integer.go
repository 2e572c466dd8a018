package jsonx

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Other languages write a whole number as 5.0, 5e0 or -0. The codec takes none of them for an
// integer. As with NaN a hook on every number would cost each of them a call, so the hook runs
// only after a refusal.

var integers = json.UnmarshalFromFunc(readInteger)

var readingIntegers = json.JoinOptions(reading, json.WithUnmarshalers(integers))

// isIntegerError reports whether a number was refused that may be whole nevertheless.
func isIntegerError(err error) bool {
	// This costs no memory where there is no error.
	se, ok := errors.AsType[*json.SemanticError](err)
	return ok && se.GoType != nil && isInteger(se.GoType.Kind()) && isOdd(se.JSONValue)
}

func isInteger(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uintptr }

// isOdd reports whether a number isn't written the way the codec reads integers.
func isOdd(number []byte) bool {
	return len(number) > 0 && (bytes.ContainsAny(number, ".eE") || string(number) == "-0") && number[0] != '"'
}

// readInteger gets a pointer to each target.
func readInteger(dec *jsontext.Decoder, p any) error {
	t := reflect.TypeOf(p).Elem()
	if !isInteger(t.Kind()) || dec.PeekKind() != '0' || readsOwnForm(t) {
		return errors.ErrUnsupported
	}
	val, err := dec.ReadValue()
	if err != nil {
		return err
	}
	text, ok := whole(val)
	if !ok {
		return unfit(t, fmt.Errorf("%.40s doesn't fit %v: not a whole number", val, t))
	}
	v := reflect.ValueOf(p).Elem()
	if v.CanInt() {
		var n int64
		if n, err = strconv.ParseInt(text, 10, t.Bits()); err == nil {
			v.SetInt(n)
		}
	} else {
		var n uint64
		if n, err = strconv.ParseUint(text, 10, t.Bits()); err == nil {
			v.SetUint(n)
		}
	}
	if err != nil {
		return unfit(t, fmt.Errorf("%.40s doesn't fit %v: out of range", val, t))
	}
	return nil
}

// maxDigits is more than any integer has: what is longer is out of range.
const maxDigits = 24

// whole returns a number as an integer's digits, if it is one. It works on the text, so nothing is
// lost above 2^53. A number that is too large keeps more digits than any integer has.
func whole(number []byte) (text string, ok bool) {
	mantissa, exponent, _ := bytes.Cut(bytes.ToLower(number), []byte{'e'})
	mantissa, negative := bytes.CutPrefix(mantissa, []byte{'-'})
	before, behind, _ := bytes.Cut(mantissa, []byte{'.'})
	digits := append(bytes.Clone(before), behind...)
	digits = bytes.TrimLeft(digits, "0")
	if len(digits) == 0 {
		return "0", true
	}
	trimmed := bytes.TrimRight(digits, "0")
	shift := 0
	if len(exponent) > 0 {
		n, err := strconv.Atoi(string(exponent))
		if err != nil && exponent[0] == '-' {
			return "", false // a tiny fraction
		} else if err != nil {
			n = maxDigits * maxDigits
		}
		shift = min(n, maxDigits*maxDigits)
	}
	// The value is trimmed times ten to the power of zeros.
	zeros := shift - len(behind) + len(digits) - len(trimmed)
	if zeros < 0 {
		return "", false
	}
	out := append(bytes.Clone(trimmed), bytes.Repeat([]byte{'0'}, min(zeros, maxDigits))...)
	if negative {
		out = append([]byte{'-'}, out...)
	}
	return string(out), true
}
