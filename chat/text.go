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
			if !joins(prev) || !joins(next) || inkless(next) {
				continue
			}
		case 0xe0020 <= r && r <= 0xe007f: // tags: the letters of a flag
			if prev != '\U0001f3f4' && (prev < 0xe0020 || prev > 0xe007f) {
				continue
			}
		case variation(r) && !varies(prev, r): // one says how the base looks; others only hide data
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

// hidden are controls, direction overrides and what has neither ink nor width.
func hidden(r rune) bool {
	switch r {
	case '\ufffe', '\uffff',
		'\U00016fe4', '\U0001d159': // a filler of Khitan, a note without a head
		return true
	}
	return unicode.In(r, unicode.Cc, unicode.Cf) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r) && !filler(r)
}

// filler are letters without ink that have width.
func filler(r rune) bool {
	switch r {
	case '\u115f', '\u1160', '\u3164', '\uffa0', '\u2800', '\U00013441', '\U00013442':
		return true
	}
	return false
}

// blank are fillers and marks, which show nothing alone.
func blank(r rune) bool { return filler(r) || unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) }

// inkless is what one doesn't see of a text, or only as a gap.
func inkless(r rune) bool { return filler(r) || hidden(r) || variation(r) }

func variation(r rune) bool { return unicode.Is(unicode.Variation_Selector, r) }

// varies tells whether a variation selector behind base chooses another look of it: that of signs,
// emoji and Chinese characters, and of letters of few scripts.
func varies(base, selector rune) bool {
	switch {
	case unicode.Is(unicode.Mongolian, selector):
		return unicode.Is(unicode.Mongolian, base) && !variation(base)
	case selector > '\ufe0f':
		return unicode.Is(unicode.Han, base)
	}
	return unicode.In(base, unicode.Common, unicode.Han, unicode.Myanmar, unicode.Phags_Pa, unicode.Manichaean, unicode.Egyptian_Hieroglyphs) &&
		!unicode.IsSpace(base)
}

// joins tells whether a joiner beside r has a meaning: emoji, and scripts written joined.
func joins(r rune) bool {
	return r >= 0x1f000 && r < 0x20000 || 0x2190 <= r && r <= 0x2bff || variation(r) ||
		unicode.In(r, unicode.Arabic, unicode.Syriac, unicode.Mongolian, unicode.Devanagari, unicode.Bengali,
			unicode.Gurmukhi, unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada,
			unicode.Malayalam, unicode.Sinhala, unicode.Khmer, unicode.Myanmar)
}
