// Package search finds words in messages, and keeps messages so that looking through very many is
// quick.
//
// Text is compared rune by rune in its folded form, which has as many runes as the text: the case
// of letters doesn't count, and any space is a space. A word is found anywhere, inside of others
// too. A consonant of Hangul stands for itself, and for any syllable that begins with it: ㅇㄴ finds
// 안녕, and 회ㅇ what one types on the way to 회의.
package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// A Query is the words that a text has to have, all of them.
type Query struct{ words []word }

// word is what stands side by side in a text.
type word struct {
	runes  []rune // folded
	anchor string // the longest run of runes that stand for themselves, "" without one
	at     int    // of the anchor, in runes
	rest   []rune // behind the anchor
}

// wordsMost is how many words of a query count; who typed more finds at least what is meant.
const wordsMost = 8

// Parse reads what somebody typed. ok is false when there is nothing to look for.
func Parse(text string) (q Query, ok bool) {
	fields := strings.Fields(Fold(norm.NFC.String(text)))
	if len(fields) == 0 || !utf8.ValidString(text) {
		return Query{}, false
	}
	for _, f := range fields[:min(len(fields), wordsMost)] {
		q.words = append(q.words, wordOf([]rune(f)))
	}
	return q, true
}

func wordOf(runes []rune) word {
	w := word{runes: runes}
	for i := 0; i < len(runes); {
		end := i
		for end < len(runes) && !isInitial(runes[end]) {
			end++
		}
		if run := string(runes[i:end]); len(run) > len(w.anchor) {
			w.anchor, w.at, w.rest = run, i, runes[end:]
		}
		i = end + 1
	}
	return w
}

// Fold is the form of a text that is compared.
func Fold(text string) string { return strings.Map(fold, text) }

func fold(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z', firstSyllable <= r && r <= lastSyllable:
		return r
	case unicode.IsSpace(r):
		return ' '
	case r < firstJamo || r > lastJamo:
		return unicode.ToLower(unicode.ToUpper(r))
	}
	return plain(r)
}

const (
	firstSyllable = '가'
	lastSyllable  = '힣'
	ofInitial     = 21 * 28 // syllables with the same first consonant
	firstJamo     = 'ᄀ'     // those that syllables are made of
	lastJamo      = 'ᇂ'
)

// initials are the first consonants as keyboards send them, in the order of syllables.
var initials = []rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")

// plain is a first consonant of a text in parts, as some systems send it, as a keyboard does.
func plain(r rune) rune {
	if i := int(r - firstJamo); i < len(initials) {
		return initials[i]
	}
	return r
}

func isInitial(r rune) bool { return number(r) >= 0 }

// number is that of a first consonant, -1 for other runes.
func number(r rune) int {
	if r < 'ㄱ' || r > 'ㅎ' {
		return -1
	}
	return numbers[r-'ㄱ']
}

var numbers = func() (t ['ㅎ' - 'ㄱ' + 1]int) {
	for i := range t {
		t[i] = -1
	}
	for i, r := range initials {
		t[r-'ㄱ'] = i
	}
	return t
}()

// stands tells whether a rune of a word stands for one of a text.
func stands(word, text rune) bool {
	if word == text {
		return true
	}
	return firstSyllable <= text && text <= lastSyllable && number(word) == int(text-firstSyllable)/ofInitial
}

// begins tells whether a folded text begins with the runes, and how long the part is in bytes.
func begins(folded string, runes []rune) (n int, ok bool) {
	for _, want := range runes {
		r, size := utf8.DecodeRuneInString(folded[n:])
		if size == 0 || size == 1 && r == utf8.RuneError || !stands(want, r) {
			return 0, false
		}
		n += size
	}
	return n, true
}

// next finds the word in a folded text from a byte on.
func (w word) next(folded string, from int) (start, end int, ok bool) {
	if w.anchor == "" {
		return w.nextOfInitials(folded, from)
	}
	for i := from; ; {
		at := strings.Index(folded[i:], w.anchor)
		if at < 0 {
			return 0, 0, false
		}
		at += i
		behind := at + len(w.anchor)
		if start := back(folded, at, w.at); start >= from {
			// The anchor itself is right, which spares most of the work in texts that repeat it.
			_, before := begins(folded[start:at], w.runes[:w.at])
			if n, ok := begins(folded[behind:], w.rest); ok && before {
				return start, behind + n, true
			}
		}
		_, size := utf8.DecodeRuneInString(folded[at:])
		i = at + size
	}
}

// nextOfInitials is next for first consonants alone, which no search for bytes helps. All of them,
// and all syllables, are three bytes.
func (w word) nextOfInitials(folded string, from int) (start, end int, ok bool) {
	first := w.runes[0]
	low := firstSyllable + rune(number(first)*ofInitial)
	for i := from; i+2 < len(folded); {
		lead := folded[i]
		if lead < 'ㄱ'>>12|0xe0 || lead >= 0xf0 {
			i++ // within a rune, too
			continue
		}
		r := rune(lead&0xf)<<12 | rune(folded[i+1]&0x3f)<<6 | rune(folded[i+2]&0x3f)
		if r == first || low <= r && r < low+ofInitial {
			if n, ok := begins(folded[i:], w.runes); ok {
				return i, i + n, true
			}
		}
		i += 3
	}
	return 0, 0, false
}

// back is the byte so many runes before another, -1 beyond the beginning.
func back(s string, at, runes int) int {
	for range runes {
		if at <= 0 {
			return -1
		}
		_, size := utf8.DecodeLastRuneInString(s[:at])
		at -= size
	}
	return at
}

// In tells whether a folded text has all words.
func (q Query) In(folded string) bool {
	for _, w := range q.words {
		if _, _, ok := w.next(folded, 0); !ok {
			return false
		}
	}
	return len(q.words) > 0
}
