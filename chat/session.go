package chat

import (
	"hash/fnv"
	"time"
)

// Hues is how many hues of colour identity there are, Shapes how many outlines.
const (
	Hues   = 12
	Shapes = 4
)

// Identity is a visitor: the public part of a session.
type Identity struct {
	ID       string // public id of the session, a ULID; not the token
	NameIdx  int    // index of the generated name
	Nickname string // chosen name, "" = the generated one
}

// Name is the visitor's name in a language ("ko", "en").
func (id Identity) Name(lang string) string { return nameOf(id.Nickname, id.NameIdx, lang) }

// Hue is the visitor's hue outside rooms; a room gives its own, see [Member].
func (id Identity) Hue() int {
	h := fnv.New32a()
	h.Write([]byte(id.ID))
	return int(h.Sum32() % Hues)
}

// Session is an identity with what proves it, as a [Store] keeps it.
type Session struct {
	Identity
	TokenHash [32]byte // SHA-256 of the token; the token itself is never kept
	Lang      string
	Created   time.Time
	Seen      time.Time
	Expires   time.Time
	Renewed   time.Time // when the token was made; zero = with the session

	Former      [32]byte  // SHA-256 of the token that this one replaced; zero = none
	FormerUntil time.Time // that one works; zero = until this one is used
}

func nameOf(nickname string, idx int, lang string) string {
	if nickname != "" {
		return nickname
	}
	return GeneratedName(idx, lang)
}
