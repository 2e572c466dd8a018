package chat

import (
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"hello", "hello"},
		{"  a\tb \n", "a\tb"},
		{norm.NFD.String("한글"), "한글"}, // as macOS names files
		{"a\x00b\x1b[31mc\u0085d\x7f", "ab[31mc\nd"},
		{"a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"},
		{"\u202eevil\u202c \u2066x\u2069\u200e\u200f", "evil x"},
		{"a\u200bb\u2060c\ufeffd\u00ade\u034ff", "abcdef"},
		{"a\u200db", "ab"},
		{"👩\u200d💻 ❤\ufe0f\u200d🔥", "👩\u200d💻 ❤\ufe0f\u200d🔥"},
		{"👍🏽 🇰🇷 1\ufe0f\u20e3", "👍🏽 🇰🇷 1\ufe0f\u20e3"},
		{"🏴\U000e0067\U000e0062\U000e007f x\U000e0041", "🏴\U000e0067\U000e0062\U000e007f x"},
		{"❤\ufe0f\ufe0e\ufe0f\ufe0f", "❤\ufe0f"},
		{"민수\ufe0f a\ufe00 e\ufe0f\u0301 \ufe0f!", "민수 a é !"}, // nothing has another look
		{"a\U000e0100\U000e0121 葛\U000e0100\U000e0121 1\U000e0100", "a 葛\U000e0100 1"},
		{"ᠠ\u180b ᠭ\u180f 민\u180b수\u180d", "ᠠ\u180b ᠭ\u180f 민수"},
		{"민\u17b4수\u17b5 a\u2065b\ufff0c\U000e0002d\U000e01f0", "민수 abcd"},
		{"민수\U00016fe4 \U0001d159.", "민수 ."},
		{"ℹ\ufe0f ㊗\ufe0f ©\ufe0f #\ufe0f\u20e3 𝒜\ufe01 က\ufe00 🏳\ufe0f\u200d🌈", "ℹ\ufe0f ㊗\ufe0f ©\ufe0f #\ufe0f\u20e3 𝒜\ufe01 က\ufe00 🏳\ufe0f\u200d🌈"},
		{"❤\ufe0f\u200d\ufe0f ❤\u200d\u17b4a", "❤\ufe0f ❤a"},
		{"ᄀ\u1160 ㅤㄱㅏㄱ", "ᄀ\u1160 ㅤㄱㅏㄱ"}, // fillers of Hangul have their place
		{"می\u200cخواهم", "می\u200cخواهم"},
		{"क्\u200dष", "क्\u200dष"},
		{"a\n\n\n\n\n\nb", "a\n\n\nb"},
		{"z" + strings.Repeat("\u0317", 100) + "!", "z" + strings.Repeat("\u0317", 4) + "!"},
		{"e\u200b\u0301", "é"},
		{"<b>&amp;</b>", "<b>&amp;</b>"},
	} {
		got, ok := clean(c.in)
		if !ok || got != c.want {
			t.Errorf("%q: %q, %v; want %q", c.in, got, ok, c.want)
		}
		if again, ok := clean(got); !ok || again != got {
			t.Errorf("%q cleaned again: %q, %v", got, again, ok)
		}
	}
	for _, in := range []string{"", " ", "\n\t", "\u3164", "\u115f\u1160\u2800", "\u200b\u200d\ufeff", "\u0301", "\ufe0f", "\U000e0100", "\u17b4", "\U0001d159", "\U00013441", "\xff", "a\xc0\x80", "\xed\xa0\x80"} {
		if got, ok := clean(in); ok {
			t.Errorf("%q: %q shows something", in, got)
		}
	}
}

// What counts is the form that is kept: decomposed Hangul has three times its bytes.
func TestDecomposedText(t *testing.T) {
	l := Limits{}.withDefaults()
	for _, c := range []struct {
		n    int
		code Code
	}{{2000, ""}, {2001, TooLong}, {100_000, TooLong}} {
		text := strings.Repeat("한", c.n)
		got, err := l.text(norm.NFD.String(text))
		if CodeOf(err) != c.code || c.code == "" && got != text {
			t.Errorf("%d syllables: %v", c.n, err)
		}
	}
	if _, err := l.text(strings.Repeat("👩\u200d👩\u200d👧\u200d👦", 400)); CodeOf(err) != TooLong {
		// 10,000 bytes
		t.Errorf("400 families: %v", err)
	}
	for n, code := range map[int]Code{64: "", 65: BadPassword} {
		text := strings.Repeat("한", n)
		if got, err := l.password(norm.NFD.String(text)); CodeOf(err) != code || code == "" && got != text {
			t.Errorf("password of %d syllables: %v", n, err)
		}
	}
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"hello", "한글", "👩\u200d💻", "a\r\nb\u0301\u0301\u0301\u0301\u0301", "\u202e\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := clean(s)
		if !ok {
			return
		}
		if got == "" || !utf8.ValidString(got) || !norm.NFC.IsNormalString(got) || strings.TrimSpace(got) != got {
			t.Errorf("%q became %q", s, got)
		}
		if strings.ContainsAny(got, "\x00\x1b\r\u202e\u200b\ufeff\u2066") {
			t.Errorf("%q still has what is hidden: %q", s, got)
		}
	})
}
