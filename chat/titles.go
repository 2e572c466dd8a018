package chat

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// searched is a room's title as it is searched: letters alone, whatever their case, Hangul as the
// parts that one types. So a title is found while its last syllable is being composed ("추" and
// "축ㄱ" on the way to "축구"), with other spaces, and by its first consonants ("ㅊㄱ").
type searched struct {
	letters string
	initial string // the first consonants of its syllables
}

func searchedTitle(title string) searched {
	letters := fold(title)
	return searched{letters, strings.Map(func(r rune) rune {
		if r < firstInitial || r > lastInitial {
			return -1
		}
		return r
	}, letters)}
}

// contains reports whether a folded part is in the title. Its last consonant may yet begin another
// syllable.
func (s searched) contains(part string) bool {
	if last, size := utf8.DecodeLastRuneInString(part); finals[last] != 0 {
		if strings.Contains(s.letters, part[:len(part)-size]+string(finals[last])) {
			return true
		}
	}
	consonants := strings.IndexFunc(part, func(r rune) bool { return r < firstInitial || r > lastInitial }) < 0
	return strings.Contains(s.letters, part) || consonants && strings.Contains(s.initial, part)
}

// Unicode has three sets of Hangul letters: first consonants, vowels and last consonants of
// syllables, which is what syllables are taken apart into, and those that a keyboard sends.
const (
	firstInitial = 'ᄀ'
	lastInitial  = 'ᄒ'
)

// typed are the consonants that a keyboard sends, in the order of the first consonants.
const typed = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"

// finals are the last consonants that can become a first one, which it is.
var finals = map[rune]rune{
	'ᆨ': 'ᄀ', 'ᆩ': 'ᄁ', 'ᆫ': 'ᄂ', 'ᆮ': 'ᄃ', 'ᆯ': 'ᄅ', 'ᆷ': 'ᄆ', 'ᆸ': 'ᄇ', 'ᆺ': 'ᄉ', 'ᆻ': 'ᄊ', 'ᆼ': 'ᄋ',
	'ᆽ': 'ᄌ', 'ᆾ': 'ᄎ', 'ᆿ': 'ᄏ', 'ᇀ': 'ᄐ', 'ᇁ': 'ᄑ', 'ᇂ': 'ᄒ',
}

var initials = func() map[rune]rune {
	m := map[rune]rune{}
	for _, r := range typed {
		m[r] = firstInitial + rune(len(m))
	}
	return m
}()

// fold makes texts alike that differ in case, in spaces, or in how they were typed, and takes
// syllables apart.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		if initial, ok := initials[r]; ok {
			return initial
		}
		return r
	}, norm.NFD.String(cases.Fold().String(norm.NFC.String(s))))
}
