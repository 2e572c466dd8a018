package jsonx

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Misfit says where data doesn't fit, what was wanted there and what came, from the error of Decode
// or DecodeAttach: "user.tags[3]", which is empty for data itself, and "want a string, got a
// number". They repeat nothing of data but the names on the way, as far as they are plain, and are
// of bounded length. Attached says that data came with attachments.
func Misfit(err error, data []byte, attached bool) (where, what string) {
	e, ok := errors.AsType[*json.SemanticError](err)
	if !ok {
		return "", "it doesn't fit"
	}
	got, want := came(e, data, attached), wanted(e.GoType)
	switch {
	case errors.Is(err, errRawAttachment):
		want, got = "JSON without binary", "binary"
	case got == "a number" && e.Err == nil && e.GoType != nil && isInteger(e.GoType.Kind()):
		want = "a number in a string" // the tag option string
	case got == "a number" && strings.Contains(want, "number"), strings.HasPrefix(want, got+" "):
		got = another(got)
	}
	switch {
	case want == "" && got == "":
		what = "it doesn't fit"
	case want == "":
		what = got + " that doesn't fit"
	case got == "":
		what = "want " + want
	default:
		what = "want " + want + ", got " + got
	}
	return path(e.JSONPointer), what
}

// unfit makes the error of a hook one of the codec, which tells the place of it. The codec would
// say that an any was wanted.
func unfit(t reflect.Type, err error) error { return &json.SemanticError{GoType: t, Err: err} }

func another(got string) string {
	_, noun, _ := strings.Cut(got, " ")
	return "another " + noun
}

// came is what stands in data where the error is.
func came(e *json.SemanticError, data []byte, attached bool) string {
	kind := e.JSONKind
	var value []byte
	if at := int(e.ByteOffset); at >= 0 && at < len(data) {
		value = data[at:]
	}
	if kind == 0 && len(value) > 0 {
		kind = jsontext.Value(value[:1]).Kind()
		if c := value[0]; c == '-' || c-'0' <= 9 {
			kind = '0'
		}
	}
	switch kind {
	case 'n':
		return "null"
	case 't', 'f':
		return "a boolean"
	case '"':
		return "a string"
	case '0':
		return "a number"
	case '[', ']':
		return "an array"
	case '{', '}':
		if attached && len(value) > 0 && value[0] == '{' && isPlaceholder(value[:valueEnd(value, 0)]) {
			return "binary"
		}
		return "an object"
	}
	return ""
}

func isPlaceholder(object []byte) bool {
	var p struct {
		Placeholder any `json:"_placeholder"`
	}
	return decodeUnique(object, &p, reading) == nil && p.Placeholder == true
}

// wanted is what JSON is read into a t. It is empty for types that read their own form.
func wanted(t reflect.Type) string {
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == nil:
		return ""
	case t == reflect.TypeFor[time.Time]():
		return "a time as RFC 3339 writes it"
	case t == numberType:
		return "a number"
	case readsOwnForm(t):
		return ""
	}
	switch k := t.Kind(); k {
	case reflect.Bool:
		return "a boolean"
	case reflect.String:
		return "a string"
	case reflect.Float32, reflect.Float64:
		return "a number"
	case reflect.Int8, reflect.Int16, reflect.Int32:
		most := int64(math.MaxInt64) >> (64 - t.Bits())
		return fmt.Sprintf("a whole number from %d to %d", -most-1, most)
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	case reflect.Int, reflect.Int64:
		return "a whole number"
	case reflect.Uint, reflect.Uint64, reflect.Uintptr:
		return "a whole number from 0"
	case reflect.Slice:
		if t.Elem() == byteType {
			return "binary"
		}
		return "an array"
	case reflect.Array:
		if t.Elem() == byteType {
			return fmt.Sprintf("%d bytes as base64", t.Len())
		}
		return fmt.Sprintf("an array of %d", t.Len())
	case reflect.Map, reflect.Struct:
		return "an object"
	}
	return ""
}

const (
	maxPath = 120 // bytes of a path
	maxName = 40  // bytes of a name in it
)

// path writes a JSON pointer as JavaScript would. Of one that is too long its end is left.
func path(p jsontext.Pointer) string {
	if len(p) > 2*maxPath {
		p = p[strings.IndexByte(string(p[len(p)-2*maxPath:]), '/')+len(p)-2*maxPath:]
		if p[0] != '/' { // one long name
			p = "/…"
		}
	}
	var b strings.Builder
	for name := range p.Tokens() {
		_, err := strconv.ParseUint(name, 10, 32)
		switch {
		case err == nil:
			b.WriteString("[" + name + "]")
			continue
		case !isPlain(name):
			name = "…"
		}
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		b.WriteString(name)
	}
	text := b.String()
	if len(text) <= maxPath {
		return text
	}
	return "…" + strings.ToValidUTF8(text[len(text)-maxPath:], "")
}

// isPlain reports whether a name may be shown anywhere.
func isPlain(name string) bool {
	return name != "" && len(name) <= maxName && !strings.ContainsFunc(name, func(c rune) bool {
		return !unicode.IsLetter(c) && !unicode.IsDigit(c) && c != '_' && c != '-' && c != '$'
	})
}
