package chat

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// marksOf is the longest run of combining marks, counted over what is drawn on the same base.
func marksOf(s string) (most int) {
	n := 0
	for _, r := range s {
		switch {
		case variation(r), r == '\u200c', r == '\u200d':
		case unicode.In(r, unicode.Mn, unicode.Me):
			n++
			most = max(most, n)
		default:
			n = 0
		}
	}
	return most
}

// What is sent to break a page is either cleaned or refused, and what is kept is bounded.
func TestD7OddText(t *testing.T) {
	l := Limits{}.withDefaults()
	const mark, arabic = "\u0301", "\u0610"
	for name, c := range map[string]struct {
		in             string
		title, message Code
		want           string // where it is taken
	}{
		"10,000 marks":              {"a" + strings.Repeat("\u0317", 10_000), BadTitle, "", "a" + strings.Repeat("\u0317", markMost)},
		"marks alone":               {strings.Repeat(mark, 1000), BadTitle, BadMessage, ""},
		"different marks":           {"z" + strings.Repeat("\u0316\u0317\u0318", 200), "", "", ""},
		"marks between selectors":   {"z" + strings.Repeat("\ufe0f\u0317", 200), "", "", ""},
		"marks between joiners":     {"\u0628" + strings.Repeat("\u200d"+arabic, 200), "", "", ""},
		"marks between invisibles":  {"z" + strings.Repeat("\u200b\u034f\u0317", 200), "", "", "z" + strings.Repeat("\u0317", markMost)},
		"enclosing marks":           {"z" + strings.Repeat("\u20dd", 500), "", "", "z" + strings.Repeat("\u20dd", markMost)},
		"1 MB":                      {strings.Repeat("x", 1<<20), BadTitle, TooLong, ""},
		"1 MB of marks":             {"x" + strings.Repeat(mark, 1<<19), BadTitle, TooLong, ""},
		"1 MB of nothing":           {strings.Repeat(" ", 1<<20), BadTitle, TooLong, ""},
		"a lone surrogate":          {"a\xed\xa0\x80b", BadTitle, BadMessage, ""},
		"a surrogate pair":          {"\xed\xa0\xbd\xed\xb8\x80", BadTitle, BadMessage, ""},
		"what decoders make of one": {"a\ufffdb", "", "", "a\ufffdb"},
		"invalid UTF-8":             {"a\xffb", BadTitle, BadMessage, ""},
		"UTF-8 that is cut":         {"안\xeb\x85", BadTitle, BadMessage, ""},
		"an overlong NUL":           {"a\xc0\x80b", BadTitle, BadMessage, ""},
		"beyond Unicode":            {"a\xf4\x90\x80\x80", BadTitle, BadMessage, ""},
		"NUL":                       {"a\x00b", "", "", "ab"},
		"NUL alone":                 {"\x00\x00", BadTitle, BadMessage, ""},
		"no characters":             {"a\ufffe\uffffb", "", "", "ab"},
		"escapes":                   {"\x1b]0;owned\x07\x1b[2Jx", "", "", "]0;owned[2Jx"},
		"another direction":         {"\u202egnp.exe", "", "", "gnp.exe"},
		"jamo without an end":       {strings.Repeat("\u1100", 680), "", "", ""},
		"a family without an end":   {strings.Repeat("👩\u200d", 290) + "👩", "", "", ""},
		"10,000 lines":              {"a" + strings.Repeat("\n", 10_000) + "b", BadTitle, "", "a\n\n\nb"},
	} {
		title, err := l.title(c.in)
		if CodeOf(err) != c.title {
			t.Errorf("%s as a title: %v, want %q", name, err, c.title)
		}
		text, err := l.text(c.in)
		if CodeOf(err) != c.message || c.want != "" && err == nil && text != c.want {
			t.Errorf("%s as a message: %.40q, %v, want %q", name, text, err, c.message)
		}
		for _, s := range []string{title, text} {
			if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.ContainsAny(s, "\x00\x1b\u202e") {
				t.Errorf("%s: kept as %.40q", name, s)
			}
			if n := marksOf(s); n > markMost {
				t.Errorf("%s: %d marks on each other are kept", name, n)
			}
		}
		if len(title) > l.TitleBytes || len(text) > l.MessageBytes {
			t.Errorf("%s: %d and %d bytes are kept", name, len(title), len(text))
		}
	}
}

func TestD7OddPasswordsAndNames(t *testing.T) {
	l := Limits{}.withDefaults()
	for _, in := range []string{strings.Repeat("\u0301", 10_000), strings.Repeat("x", 1<<20), "ab\xed\xa0\x80cd", "abc\xff"} {
		if _, err := l.password(in); CodeOf(err) != BadPassword {
			t.Errorf("password %.20q: %v", in, err)
		}
	}
	for _, in := range []string{strings.Repeat("x", 1<<20), "a\x00", "\xff", "é", "a b"} {
		if _, err := requestID(in); CodeOf(err) != BadRequest {
			t.Errorf("cid %.20q: %v", in, err)
		}
	}
}
