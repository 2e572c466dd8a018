package jsonx

import (
	"encoding/binary"
	"errors"
	"fmt"
)

var (
	// ErrSyntax is wrapped by the errors of Scan that say where text is not JSON.
	ErrSyntax = errors.New("jsonx: invalid JSON")
	// ErrDepth says that arrays and objects are nested deeper than allowed.
	ErrDepth = errors.New("jsonx: JSON nested too deep")
)

func syntax(offset int) error { return fmt.Errorf("%w at byte %d", ErrSyntax, offset) }

// Scan checks that data is one JSON value whose arrays and objects are nested at most maxDepth
// deep. It accepts what JSON.parse accepts, which includes duplicate names, lone surrogates
// and, inside strings, bytes that are not UTF-8. It needs no memory up to a depth of 1024.
func Scan(data []byte, maxDepth int) error {
	var room [16]uint64
	objects := room[:] // bit n: level n is an object
	depth, i := 0, 0
	var ok bool
	for {
		i = space(data, i)
		if i == len(data) {
			return syntax(i)
		}
		switch c := data[i]; c {
		case '{', '[':
			if depth >= maxDepth {
				return ErrDepth
			}
			if depth>>6 == len(objects) {
				objects = append(objects, 0)
			}
			if c == '{' {
				objects[depth>>6] |= 1 << (depth & 63)
			} else {
				objects[depth>>6] &^= 1 << (depth & 63)
			}
			depth++
			i = space(data, i+1)
			if i < len(data) && data[i] == c+2 { // ']' and '}' lie two above their openers
				ok = true
				break
			}
			if c == '{' {
				if i, ok = name(data, i); !ok {
					return syntax(i)
				}
			}
			continue
		case '"':
			i, ok = str(data, i)
		case 't':
			i, ok = word(data, i, "true")
		case 'f':
			i, ok = word(data, i, "false")
		case 'n':
			i, ok = word(data, i, "null")
		default:
			i, ok = number(data, i)
		}
		if !ok {
			return syntax(i)
		}
		more := false
		for depth > 0 && !more {
			i = space(data, i)
			if i == len(data) {
				return syntax(i)
			}
			object := objects[(depth-1)>>6]>>((depth-1)&63)&1 != 0
			switch c := data[i]; {
			case c == ',':
				i++
				if object {
					if i, ok = name(data, space(data, i)); !ok {
						return syntax(i)
					}
				}
				more = true
			case c == '}' && object, c == ']' && !object:
				i++
				depth--
			default:
				return syntax(i)
			}
		}
		if !more {
			if i = space(data, i); i < len(data) {
				return syntax(i)
			}
			return nil
		}
	}
}

// space returns the index of the first byte at or after i that is not JSON white space.
func space(data []byte, i int) int {
	for i < len(data) && (data[i] == ' ' || data[i] == '\n' || data[i] == '\t' || data[i] == '\r') {
		i++
	}
	return i
}

// spaceBefore returns the index behind the last byte of data[start:end] that is not white space.
func spaceBefore(data []byte, start, end int) int {
	for end > start && (data[end-1] == ' ' || data[end-1] == '\n' || data[end-1] == '\t' || data[end-1] == '\r') {
		end--
	}
	return end
}

// name reads a member's name and its colon.
func name(data []byte, i int) (int, bool) {
	if i == len(data) || data[i] != '"' {
		return i, false
	}
	i, ok := str(data, i)
	if !ok {
		return i, false
	}
	i = space(data, i)
	if i == len(data) || data[i] != ':' {
		return i, false
	}
	return i + 1, true
}

// str reads the string that starts at i and returns the index after its closing quote.
func str(data []byte, i int) (int, bool) {
	i++
	for {
		i = plainEnd(data, i)
		if i == len(data) {
			return i, false
		}
		switch data[i] {
		case '"':
			return i + 1, true
		case '\\':
			if i+1 == len(data) {
				return i, false
			}
			switch data[i+1] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
				i += 2
			case 'u':
				if len(data)-i < 6 || !hex(data[i+2]) || !hex(data[i+3]) || !hex(data[i+4]) || !hex(data[i+5]) {
					return i, false
				}
				i += 6
			default:
				return i, false
			}
		default:
			return i, false
		}
	}
}

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plainEnd returns the index of the first quote, backslash or control character at or after i.
// Eight bytes at a time: the usual test for a zero byte, once per kind.
func plainEnd(data []byte, i int) int {
	for len(data)-i >= 8 {
		w := binary.LittleEndian.Uint64(data[i:])
		quote, slash := w^'"'*ones, w^'\\'*ones
		if ((w-0x20*ones)&^w|(quote-ones)&^quote|(slash-ones)&^slash)&highs != 0 {
			break
		}
		i += 8
	}
	for i < len(data) && data[i] >= 0x20 && data[i] != '"' && data[i] != '\\' {
		i++
	}
	return i
}

func hex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

func word(data []byte, i int, w string) (int, bool) {
	if len(data)-i < len(w) || string(data[i:i+len(w)]) != w {
		return i, false
	}
	return i + len(w), true
}

func number(data []byte, i int) (int, bool) {
	if data[i] == '-' {
		i++
	}
	start := i
	i = digits(data, i)
	if i == start || data[start] == '0' && i > start+1 {
		return start, false
	}
	if i < len(data) && data[i] == '.' {
		start = i + 1
		if i = digits(data, start); i == start {
			return i, false
		}
	}
	if i < len(data) && data[i]|0x20 == 'e' {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		start = i
		if i = digits(data, start); i == start {
			return i, false
		}
	}
	return i, true
}

func digits(data []byte, i int) int {
	for i < len(data) && data[i]-'0' <= 9 {
		i++
	}
	return i
}
