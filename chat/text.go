package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// markMost is how many combining marks one base keeps; scripts in use need three.
const markMost = 4

// blankMost is how many newlines may follow each other: two blank lines.
const blankMost = 3

// clean brings text of a user into the form we keep: NFC, newlines as "\n", no control and no
// invisible character but those that letters and emoji need, no stack of combining marks, no space
// around it. ok is false when the text isn't UTF-8 or shows nothing.
func clean(s string) (text string, ok bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	s = norm.NFC.String(s)
	var b strings.Builder
	b.Grow(len(s))
	var prev rune // last rune written
	marks, newlines := 0, 0
	shown := false
	for i, r := range s {
		switch {
		case r == '\r' && strings.HasPrefix(s[i:], "\r\n"):
			continue
		case r == '\r', r == '\u2028', r == '\u2029', r == '\u0085':
			r = '\n'
		case r == '\u200c', r == '\u200d': // joiners
			next, _ := utf8.DecodeRuneInString(s[i+3:])
			if !joins(prev) || !joins(next) {
				continue
			}
		case 0xe0020 <= r && r <= 0xe007f: // tags: the letters of a flag
			if prev != '\U0001f3f4' && (prev < 0xe0020 || prev > 0xe007f) {
				continue
			}
		case variation(r) && variation(prev): // one says how the base looks; more only hide data
			continue
		case r != '\n' && r != '\t' && hidden(r):
			continue
		}
		switch {
		case variation(r), r == '\u200c', r == '\u200d': // the base is the same
		case unicode.In(r, unicode.Mn, unicode.Me):
			if marks++; marks > markMost {
				continue
			}
		default:
			marks = 0
		}
		if r == '\n' {
			if newlines++; newlines > blankMost {
				continue
			}
		} else if !unicode.IsSpace(r) {
			newlines = 0
			shown = shown || !blank(r)
		}
		b.WriteRune(r)
		prev = r
	}
	// What was dropped may have kept letters apart that compose.
	return strings.TrimSpace(norm.NFC.String(b.String())), shown
}

// line makes one line of cleaned text.
func line(s string) string { return strings.Join(strings.Fields(s), " ") }

// hidden are controls, direction overrides and marks of no width.
func hidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		r == '\ufffe' || r == '\uffff' || r == '\u034f'
}

// blank are letters without ink and marks, which show nothing alone.
func blank(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800':
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf)
}

func variation(r rune) bool { return 0xfe00 <= r && r <= 0xfe0f }

// joins tells whether a joiner beside r has a meaning: emoji, and scripts written joined.
func joins(r rune) bool {
	return r >= 0x1f000 && r < 0x20000 || 0x2190 <= r && r <= 0x2bff || variation(r) ||
		unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
			unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
			unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}
