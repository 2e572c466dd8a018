package ws

import "unicode/utf8"

var errText = &Error{CodeInvalid, "text is not UTF-8"}

// validPrefix returns the length of p without a character at its end that is cut off. It is
// not ok when no continuation could make p valid UTF-8.
func validPrefix(p []byte) (n int, ok bool) {
	n = len(p)
	for i := max(0, len(p)-utf8.UTFMax+1); i < len(p); i++ {
		if !utf8.FullRune(p[i:]) {
			n = i
			break
		}
	}
	return n, utf8.Valid(p[:n])
}
