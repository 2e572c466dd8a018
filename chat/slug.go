package chat

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// slug is a room's own name in its address, /r/<slug>, in the one form that it is kept in: NFC and
// without case. It has letters of any script, digits, hyphens and underscores, and at most
// Limits.Slug characters. ok is false for what can't be one: also words that a visitor might take
// for the site's own, and what looks like the id of a room, whose address it would be.
func (l Limits) slug(s string) (slug string, ok bool) {
	if s == "" || len(s) > l.Slug*maxGrapheme || !utf8.ValidString(s) || isRoomID(s) {
		return "", false
	}
	s = norm.NFC.String(cases.Fold().String(norm.NFC.String(s)))
	base, marks, shown := false, 0, false
	for _, r := range s {
		switch {
		case inkless(r):
			return "", false
		case unicode.In(r, unicode.Mn, unicode.Mc):
			if marks++; !base || marks > markMost {
				return "", false
			}
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			base, shown = true, true
		case r == '-', r == '_':
			base = false
		default:
			return "", false
		}
		marks = 0
	}
	if uniseg.GraphemeClusterCount(s) > l.Slug || !shown || slices.Contains(reservedSlugs, s) {
		return "", false
	}
	return s, true
}

// maxGrapheme is how many bytes a character of a slug may have as it is typed: a letter and its
// marks.
const maxGrapheme = (1 + markMost) * utf8.UTFMax

// reservedSlugs are the words that nobody has a room under, in the form of a slug.
var reservedSlugs = []string{
	"about", "account", "admin", "api", "app", "assets", "create", "embed", "help", "home", "index", "info",
	"lobby", "login", "madang", "me", "moderator", "new", "null", "official", "operator", "owner", "privacy",
	"r", "root", "room", "rooms", "search", "settings", "sign-in", "signin", "signup", "staff", "static", "status",
	"support", "system", "terms", "undefined",
	"공식", "공지", "관리자", "도움말", "로그인", "마당", "방장", "시스템", "운영자", "운영진",
}

func badSlug(n int) error {
	return Beyond(BadSlug, "slug", "slug", n, "a name in the address has letters, digits, hyphens and underscores")
}

// Slug is the form of a name in the address that a room has, or would have: also one that no room
// gets any more, while a room has it. It fails with BadSlug.
func (h *House) Slug(name string) (string, error) {
	if slug, ok := h.limits.slug(name); ok {
		return slug, nil
	}
	h.mu.RLock()
	defer h.mu.RUnlock()
	if h.slugs[name] == "" {
		return "", badSlug(h.limits.Slug)
	}
	return name, nil
}

// RoomAt is the room with a slug, which is in its one form.
func (h *House) RoomAt(slug string) (Room, error) {
	h.mu.RLock()
	id := h.slugs[slug]
	h.mu.RUnlock()
	return h.Room(id)
}
