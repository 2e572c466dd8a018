package engineio

import (
	"encoding/base64"
	"unicode/utf8"
)

// Clients of the 1.x line encode the text of a polling payload as UTF-8 by themselves before the
// browser does it again. What they send looks like any text of characters up to U+00FF, and its
// lengths count those characters. Nothing in a request says which client it comes from, so such
// text is taken for encoded twice when it can be, until the client has sent something that can't
// be.

// encodedOnce reports whether a payload proves that its client doesn't encode twice.
func encodedOnce(p []byte) bool {
	inner, ok := latin1(p)
	return !ok || !generalizedUTF8(inner)
}

// decodeTwice undoes the second layer of a text that can have it.
func decodeTwice(p []byte) []byte {
	inner, ok := latin1(p)
	if !ok || len(inner) == len(p) || !generalizedUTF8(inner) {
		return p
	}
	return wellFormed(inner)
}

// latin1 returns the characters of a text as bytes, when each of them is one.
func latin1(p []byte) ([]byte, bool) {
	out := make([]byte, 0, len(p))
	for i := 0; i < len(p); {
		r, size := utf8.DecodeRune(p[i:])
		if r > 0xff {
			return nil, false
		}
		out = append(out, byte(r))
		i += size
	}
	return out, true
}

// generalizedUTF8 reports whether p is UTF-8 that may have halves of surrogate pairs in it:
// JavaScript has such text, and those clients encode it.
func generalizedUTF8(p []byte) bool {
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			if len(p) < 3 || p[0] != 0xed || p[1]&0xe0 != 0xa0 || p[2]&0xc0 != 0x80 {
				return false
			}
			size = 3
		}
		p = p[size:]
	}
	return true
}

// wellFormed replaces what is no UTF-8 as browsers and Node do: one U+FFFD for each beginning of a
// character that has no end, and for each byte that can't begin one. The lengths of revision 3
// count them.
func wellFormed(p []byte) []byte {
	if utf8.Valid(p) {
		return p
	}
	out := make([]byte, 0, len(p)+len(p)/2)
	for len(p) > 0 {
		r, size := utf8.DecodeRune(p)
		if r == utf8.RuneError && size == 1 {
			size = brokenLen(p)
		}
		out = utf8.AppendRune(out, r)
		p = p[size:]
	}
	return out
}

// brokenLen is how many bytes at the start of p could have become a character.
func brokenLen(p []byte) int {
	more, low, high := 0, byte(0x80), byte(0xbf)
	switch c := p[0]; {
	case c >= 0xc2 && c <= 0xdf:
		more = 1
	case c == 0xe0:
		more, low = 2, 0xa0
	case c == 0xed:
		more, high = 2, 0x9f
	case c >= 0xe1 && c <= 0xef:
		more = 2
	case c == 0xf0:
		more, low = 3, 0x90
	case c == 0xf4:
		more, high = 3, 0x8f
	case c >= 0xf1 && c <= 0xf3:
		more = 3
	}
	n := 1
	for n <= more && n < len(p) && p[n] >= low && p[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}

// decodeBase64 reads what Node reads: the first '=' ends it, what is in neither of the two
// alphabets is skipped, and the bits of a last byte that isn't whole are dropped.
func decodeBase64(p []byte) []byte {
	digits := make([]byte, 0, len(p))
digits:
	for _, c := range p {
		switch {
		case c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '+', c == '/':
			digits = append(digits, c)
		case c == '-':
			digits = append(digits, '+')
		case c == '_':
			digits = append(digits, '/')
		case c == '=':
			break digits
		}
	}
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	n, _ := base64.RawStdEncoding.Decode(digits, digits) // nothing is left that could be wrong
	return digits[:n]
}
