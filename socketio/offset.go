package socketio

import (
	"cmp"
	"strings"
)

// unknownOffset is what an event carries that may be in the log or not: whoever got it last can't
// tell what comes next.
const unknownOffset = "?"

// maxOffset is more than any log needs.
const maxOffset = 64

// isOffset reports whether a text may be the offset of an EventLog: numbers, joined by "-".
func isOffset(text string) bool {
	if text == "" || len(text) > maxOffset {
		return false
	}
	for part := range strings.SplitSeq(text, "-") {
		if part == "" || strings.Trim(part, "0123456789") != "" {
			return false
		}
	}
	return true
}

// compareOffsets tells which of two offsets of a log is farther.
func compareOffsets(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, "-")
		y, b, _ = strings.Cut(b, "-")
		x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
		if c := cmp.Or(cmp.Compare(len(x), len(y)), cmp.Compare(x, y)); c != 0 {
			return c
		}
	}
	return 0
}
