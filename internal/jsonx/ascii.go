package jsonx

import "unicode/utf8"

const hexDigits = "0123456789abcdef"

// AppendASCII appends JSON text to dst with everything above 0x7E as \uXXXX, characters beyond
// the basic plane as surrogate pairs and invalid UTF-8 as \ufffd. JSON has such characters
// only inside strings, so the value is the same.
//
// Socket.IO 1.x clients encode UTF-8 twice on long-polling; ASCII reads right under any
// layering.
func AppendASCII(dst, json []byte) []byte {
	start := 0
	for i := 0; i < len(json); {
		if json[i] <= 0x7E {
			i++
			continue
		}
		dst = append(dst, json[start:i]...)
		r, n := utf8.DecodeRune(json[i:])
		if r > 0xFFFF {
			r -= 0x10000
			dst = appendEscape(dst, 0xD800|r>>10)
			r = 0xDC00 | r&0x3FF
		}
		dst = appendEscape(dst, r)
		i += n
		start = i
	}
	return append(dst, json[start:]...)
}

func appendEscape(dst []byte, r rune) []byte {
	return append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
}
