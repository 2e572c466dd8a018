package adapter

import (
	"bytes"
	"fmt"
	"iter"
	"unicode/utf8"

	"github.com/madang-chat/madang/internal/jsonx"
)

// space is what may stand behind JSON.
const space = " \t\r\n"

// members yields the names and values of an object of JSON that has been checked and has no space
// around it. A member that is null isn't there, but for a packet, which may be any value.
func members(object []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		rest := object[1 : len(object)-1]
		for {
			var name, value []byte
			name, rest = jsonx.First(rest) // up to the colon
			if name == nil {
				return
			}
			value, rest = jsonx.First(rest)
			if n := plainText(name); (string(value) != "null" || n == "packet") && !yield(n, value) {
				return
			}
		}
	}
}

// plainText is what a string of JSON says.
func plainText(quoted []byte) string {
	if inside := quoted[1 : len(quoted)-1]; bytes.IndexByte(inside, '\\') < 0 && utf8.Valid(inside) {
		return string(inside)
	}
	return string(jsonx.Unquote(quoted))
}

// textOf is a member that has to be a string.
func textOf(value []byte) (string, error) {
	if value[0] != '"' {
		return "", fmt.Errorf("%.20q is no text", value)
	}
	return plainText(value), nil
}

// objectOf is a member that has to be an object.
func objectOf(value []byte) error {
	if value[0] != '{' {
		return fmt.Errorf("%.20q is no object", value)
	}
	return nil
}
