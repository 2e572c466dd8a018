package chat

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// nickname is a nickname as it is kept; "" is none, the generated name.
func (l Limits) nickname(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	long := func() error {
		return Beyond(BadNick, "nickname", "nickname", l.Nickname, fmt.Sprintf("a nickname has at most %d characters", l.Nickname))
	}
	if len(s) > l.NicknameBytes*rawMost {
		return "", long()
	}
	s, ok := clean(s)
	if !ok || strings.ContainsAny(s, "\n\t") {
		return "", failField(BadNick, "nickname", "a nickname is one line and shows at least one character")
	}
	if s = line(s); uniseg.GraphemeClusterCount(s) > l.Nickname || len(s) > l.NicknameBytes {
		return "", long()
	}
	if reserved(s) {
		return "", failField(BadNick, "nickname", "the nickname says that one is somebody in charge")
	}
	if likeTag.MatchString(strings.TrimSpace(norm.NFKC.String(inked(s)))) {
		return "", failField(BadNick, "nickname", "the nickname ends as if it had a tag")
	}
	return s, nil
}

// likeTag is a name with what looks like a tag behind it: tags are proof, and nobody writes them.
var likeTag = regexp.MustCompile(`(?i)(?:[·•∙⋅・ㆍ‧･|#]\s*[0-9a-z]{6}|[\[({<【「]\s*[0-9a-z]{6}\s*[\])}>】」])$`)

// inked is what one sees of a name.
func inked(name string) string {
	return strings.Map(func(r rune) rune {
		if inkless(r) {
			return -1
		}
		return r
	}, name)
}

// alike is the same for names that one could take for each other: whatever their case and width,
// their spaces and points, or the alphabet of letters that look the same.
func alike(name string) string {
	name = norm.NFKC.String(cases.Fold().String(norm.NFKC.String(inked(name))))
	key := strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r), unicode.In(r, unicode.Pd, unicode.Pc), r == '·', r == '•', r == '.', r == '\'', r == '’', r == '`':
			return -1
		}
		if latin, ok := twins[r]; ok {
			return latin
		}
		return r
	}, name)
	if key == "" { // it has nothing but points
		return name
	}
	return key
}

// twins are small letters of other alphabets that look like a Latin one.
var twins = map[rune]rune{
	'а': 'a', 'в': 'b', 'с': 'c', 'ԁ': 'd', 'е': 'e', 'һ': 'h', 'і': 'i', 'ї': 'i', 'ј': 'j', 'к': 'k', 'ӏ': 'l', 'м': 'm',
	'о': 'o', 'р': 'p', 'ԛ': 'q', 'ѕ': 's', 'т': 't', 'у': 'y', 'ѵ': 'v', 'ԝ': 'w', 'х': 'x',
	'α': 'a', 'β': 'b', 'ε': 'e', 'η': 'n', 'ι': 'i', 'κ': 'k', 'μ': 'm', 'ν': 'v', 'ο': 'o', 'ρ': 'p', 'τ': 't', 'υ': 'u', 'χ': 'x',
	'ı': 'i', 'ɑ': 'a', 'ɡ': 'g', 'ո': 'n', 'օ': 'o', 'ѐ': 'e', 'ё': 'e',
}

// words nobody may be called by, as alike makes them.
var reservedWords = map[string]bool{}

func init() {
	for _, word := range []string{
		"system", "admin", "administrator", "sysadmin", "moderator", "mod", "owner", "roomowner", "host", "madang", "operator",
		"root", "support", "staff", "official", "server", "notice", "bot", "anonymous", "unknown", "deleted",
		"me", "you", "everyone", "everybody", "all", "here", "channel", "room", "null", "undefined",
		"시스템", "관리자", "운영자", "운영진", "방장", "부방장", "매니저", "진행자", "마당", "마당지기", "공지", "공지사항", "서버", "봇",
		"공식", "고객센터", "익명", "알수없음", "나", "모두", "전체", "여러분",
	} {
		reservedWords[alike(word)] = true
	}
}

// reserved tells whether a name means somebody in charge, also with numbers and signs around it or
// in place of letters.
func reserved(name string) bool {
	key := alike(name)
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsLetter(r) {
				return r
			}
			return -1
		}, s)
	}
	for _, s := range []string{key, letters(key), letters(numbers.Replace(key))} {
		if s = strings.TrimSuffix(s, "님"); reservedWords[s] {
			return true
		}
	}
	return false
}

var numbers = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "5", "s", "7", "t", "$", "s", "@", "a", "!", "i")

// generatedKeys are the generated names as alike makes them, and where each stands.
var generatedKeys = sync.OnceValues(func() (keys [][2]string, at map[string]int) {
	at = make(map[string]int, 2*names)
	keys = make([][2]string, names)
	for i := range keys {
		keys[i] = [2]string{alike(GeneratedName(i, "ko")), alike(GeneratedName(i, "en"))}
		at[keys[i][0]], at[keys[i][1]] = i, i
	}
	return keys, at
})
