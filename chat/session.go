package chat

import (
	"context"
	"errors"
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
	Tag      string // what a passphrase proves, "" = nothing
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
	Device    string   // id of the session among those of the identity; the first one has its ID
	Label     string   // what kind of device it is, as far as it says
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

// NewSession makes a session. The token proves it; it is told once and kept nowhere. It fails with
// RateLimited when from, the network that the visitor comes from, got too many; "" isn't counted.
func (h *House) NewSession(ctx context.Context, lang, from string) (token string, id Identity, err error) {
	if err := h.rates.newcomer(from); err != nil {
		return "", Identity{}, err
	}
	token, hash := newToken()
	now := time.Now()
	id = Identity{ID: NewID(), NameIdx: randomName()}
	s := Session{
		Identity:  id,
		Device:    id.ID,
		TokenHash: hash,
		Lang:      lang,
		Created:   now,
		Renewed:   now,
		Seen:      now,
		Expires:   now.Add(h.limits.SessionLife),
	}
	if err := h.store.AddSession(ctx, s); err != nil {
		return "", Identity{}, storeError("add session", err)
	}
	return token, s.Identity, nil
}

// Identity finds who a token belongs to, and prolongs the session. An unknown, expired or replaced
// token is Unauthorized.
func (h *House) Identity(ctx context.Context, token string) (Identity, error) {
	who, err := h.Visitor(ctx, token)
	return who.Identity, err
}

// Visitor is Identity, with the device and what proves it.
func (h *House) Visitor(ctx context.Context, token string) (Visitor, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return Visitor{}, Fail(Unauthorized, "unknown session")
	}
	s, err := h.session(ctx, hash)
	if err != nil {
		return Visitor{}, err
	}
	// What never comes back is deleted soon, so the first time counts.
	if time.Since(s.Seen) >= seenPause || s.Seen.Equal(s.Created) {
		h.touch(hash, s.Device)
	}
	h.used(ctx, s, hash)
	return Visitor{Identity: s.Identity, Device: s.Device, Label: s.Label, Proof: hash}, nil
}

// session finds the session of a token. An unknown, expired or replaced one is Unauthorized.
func (h *House) session(ctx context.Context, hash [32]byte) (Session, error) {
	s, turn, known := h.sessions.find(hash)
	if !known {
		var err error
		if s, err = h.store.Session(ctx, hash); errors.Is(err, ErrNotFound) {
			return Session{}, Fail(Unauthorized, "unknown session")
		}
		if err != nil {
			return Session{}, storeError("find session", err)
		}
	}
	now := time.Now()
	if !now.Before(s.Expires) || hash != s.TokenHash && !s.FormerUntil.IsZero() && !now.Before(s.FormerUntil) {
		return Session{}, Fail(Unauthorized, "unknown session")
	}
	if !known {
		h.sessions.put(hash, s, turn)
	}
	return s, nil
}
