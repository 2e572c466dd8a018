package chat

import (
	"fmt"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/unicode/norm"
)

// title is a title as it is kept.
func (l Limits) title(s string) (string, error) {
	long := func() error {
		return Beyond(BadTitle, "title", "title", l.Title, fmt.Sprintf("a title has at most %d characters", l.Title))
	}
	if len(s) > l.TitleBytes {
		return "", long()
	}
	s, ok := clean(s)
	if !ok {
		return "", failField(BadTitle, "title", "a title shows at least one character")
	}
	if s = line(s); uniseg.GraphemeClusterCount(s) > l.Title {
		return "", long()
	}
	return s, nil
}

// seats is how many seats a room gets.
func (l Limits) seats(n int) (int, error) {
	if n == 0 {
		return l.MaxDefault, nil
	}
	message := fmt.Sprintf("a room has %d to %d seats", l.MaxLeast, l.MaxMost)
	switch {
	case n < l.MaxLeast:
		return 0, Beyond(BadMax, "max", "max-least", l.MaxLeast, message)
	case n > l.MaxMost:
		return 0, Beyond(BadMax, "max", "max-most", l.MaxMost, message)
	}
	return n, nil
}

// rawMost is how many bytes text may have for each that is kept: a Hangul syllable is three, and
// nine when it is typed as its letters, which NFC puts together.
const rawMost = 3

// password is a password as it is hashed: the same characters whatever keyboard wrote them.
func (l Limits) password(s string) (string, error) {
	message := fmt.Sprintf("a password has %d to %d characters", l.PasswordMin, l.PasswordMax)
	long := len(s) > l.PasswordMax*utf8.UTFMax*rawMost
	if !long {
		if !utf8.ValidString(s) {
			return "", failField(BadPassword, "password", "a password is text")
		}
		s = norm.NFC.String(s)
	}
	switch n := utf8.RuneCountInString(s); {
	case long, n > l.PasswordMax:
		return "", Beyond(BadPassword, "password", "password-max", l.PasswordMax, message)
	case n < l.PasswordMin:
		return "", Beyond(BadPassword, "password", "password-min", l.PasswordMin, message)
	}
	return s, nil
}

// text is a message's text as it is kept. Too long is refused, never cut.
func (l Limits) text(s string) (string, error) {
	long := func(limit string, n int) error {
		return Beyond(TooLong, "chat", limit, n,
			fmt.Sprintf("a message has at most %d characters and %d bytes", l.MessageGraphemes, l.MessageBytes))
	}
	if len(s) > l.MessageBytes*rawMost {
		return "", long("message-bytes", l.MessageBytes)
	}
	s, ok := clean(s)
	if !ok {
		return "", failField(BadMessage, "chat", "a message shows at least one character")
	}
	if uniseg.GraphemeClusterCount(s) > l.MessageGraphemes {
		return "", long("message-graphemes", l.MessageGraphemes)
	}
	if len(s) > l.MessageBytes {
		return "", long("message-bytes", l.MessageBytes)
	}
	return s, nil
}

// reason is why somebody was banned or reported, in one line; there needn't be any.
func (l Limits) reason(s string) (string, error) {
	long := func() error {
		return Beyond(TooLong, "reason", "reason", l.Reason, fmt.Sprintf("a reason has at most %d characters", l.Reason))
	}
	return optional(s, l.Reason, long)
}

// optional is a line of at most so many characters, or nothing.
func optional(s string, most int, long func() error) (string, error) {
	if len(s) > most*utf8.UTFMax*rawMost {
		return "", long()
	}
	s, ok := clean(s)
	if !ok { // nothing to see
		return "", nil
	}
	if s = line(s); uniseg.GraphemeClusterCount(s) > most {
		return "", long()
	}
	return s, nil
}

// alt is what is said of an image, in one line; there needn't be anything.
func (l Limits) alt(s string) (string, error) {
	long := func() error {
		return Beyond(TooLong, "alt", "alt", l.Alt, fmt.Sprintf("what is said of an image has at most %d characters", l.Alt))
	}
	return optional(s, l.Alt, long)
}

// ImageTooLarge is the error of an image that has too many bytes.
func (l Limits) ImageTooLarge() error {
	return Beyond(TooLarge, "gif", "upload", l.Upload.mega(), "the image is too large")
}

// Uploads is how many bytes the images of one message may have together.
func (l Limits) Uploads() int64 { return int64(l.Upload) * int64(l.Pictures) }

// TooManyImages is the error of a message with too many images, or with none.
func (l Limits) TooManyImages() error {
	return Beyond(BadRequest, "gif", "pictures", l.Pictures, fmt.Sprintf("a message has one to %d images", l.Pictures))
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
