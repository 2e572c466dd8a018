package chat

import (
	"fmt"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// title is a title as it is kept.
func (l Limits) title(s string) (string, error) {
	bad := func() error {
		return failField(BadTitle, "title", fmt.Sprintf("a title has 1 to %d characters", l.Title))
	}
	if len(s) > l.TitleBytes {
		return "", bad()
	}
	s, ok := clean(s)
	s = line(s)
	if !ok || uniseg.GraphemeClusterCount(s) > l.Title {
		return "", bad()
	}
	return s, nil
}

// seats is how many seats a room gets.
func (l Limits) seats(n int) (int, error) {
	if n == 0 {
		return l.MaxDefault, nil
	}
	if n < l.MaxLeast || n > l.MaxMost {
		return 0, failField(BadMax, "max", fmt.Sprintf("a room has %d to %d seats", l.MaxLeast, l.MaxMost))
	}
	return n, nil
}

// rawMost is how many bytes text may have for each that is kept: a Hangul syllable is three, and
// nine when it is typed as its letters, which NFC puts together.
const rawMost = 3

// password is a password as it is hashed: the same characters whatever keyboard wrote them.
func (l Limits) password(s string) (string, error) {
	if len(s) <= l.PasswordMax*utf8.UTFMax*rawMost && utf8.ValidString(s) {
		s = norm.NFC.String(s)
		if n := utf8.RuneCountInString(s); n >= l.PasswordMin && n <= l.PasswordMax {
			return s, nil
		}
	}
	return "", failField(BadPassword, "password",
		fmt.Sprintf("a password has %d to %d characters", l.PasswordMin, l.PasswordMax))
}

// text is a message's text as it is kept. Too long is refused, never cut.
func (l Limits) text(s string) (string, error) {
	long := func() error {
		return failField(TooLong, "chat",
			fmt.Sprintf("a message has at most %d characters and %d bytes", l.MessageGraphemes, l.MessageBytes))
	}
	if len(s) > l.MessageBytes*rawMost {
		return "", long()
	}
	s, ok := clean(s)
	if !ok {
		return "", failField(BadMessage, "chat", "a message shows at least one character")
	}
	if len(s) > l.MessageBytes || uniseg.GraphemeClusterCount(s) > l.MessageGraphemes {
		return "", long()
	}
	return s, nil
}

// requestID checks a cid; an absent one is made up.
func requestID(cid string) (string, error) {
	if cid == "" {
		return NewID(), nil
	}
	bad := len(cid) > 64
	for i := range min(len(cid), 64) {
		c := cid[i]
		bad = bad || !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || c == '-' || c == '_')
	}
	if bad {
		return "", failField(BadRequest, "cid", "a cid has 1 to 64 of the characters 0-9, A-Z, a-z, - and _")
	}
	return cid, nil
}
