package chat

import (
	"context"
	"errors"
	"sync"
	"time"
)

// tokenOverlap is how long a token works that has been replaced, for requests under way. It begins
// when the new one is used: an answer that never arrives must not cost anybody the identity.
const tokenOverlap = time.Minute

// Renew is called with the token of a visitor whose cookie can be written, and returns the one to
// write: the same, or another when it is Limits.SessionRenew old. The old one ends soon after the
// new one was used first. It is "" when the visitor has been told another one already. Unknown
// tokens are Unauthorized.
func (h *House) Renew(ctx context.Context, token string) (string, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return "", Fail(Unauthorized, "unknown session")
	}
	s, err := h.session(ctx, hash)
	if err != nil {
		return "", err
	}
	now := time.Now()
	former := s.TokenHash
	switch {
	case hash == s.TokenHash && now.Sub(s.Renewed) < h.limits.SessionRenew:
		return token, nil
	case hash != s.TokenHash && !s.FormerUntil.IsZero():
		return "", nil
	case hash != s.TokenHash: // the visitor may not have got the new one
		former = hash
	}
	next, nextHash := h.renewals.next(s.ID, now)
	if nextHash == s.TokenHash { // another request has renewed it just now
		return next, nil
	}
	err = h.store.RenewSession(ctx, Renewal{Session: s.ID, Was: s.TokenHash, Token: nextHash, Former: former, At: now})
	h.sessions.forget(s.TokenHash, s.Former, nextHash)
	switch {
	case errors.Is(err, ErrNotFound): // as above, if it isn't gone
		return next, nil
	case err != nil:
		h.failed(ctx, "renew", "session not renewed", "session", s.ID, "error", err)
		return token, nil
	}
	return next, nil
}

// used ends the token before, the first time that the new one is used.
func (h *House) used(ctx context.Context, s Session, hash [32]byte) {
	if hash != s.TokenHash || s.Former == [32]byte{} || !s.FormerUntil.IsZero() {
		return
	}
	if err := h.store.EndFormer(ctx, s.ID, time.Now().Add(tokenOverlap)); err != nil {
		h.failed(ctx, "former", "old token not ended", "session", s.ID, "error", err)
	}
	h.sessions.forget(s.TokenHash, s.Former)
}

// renewals are the tokens that were told a short while ago: requests of one visitor at the same
// time, from several tabs, must be told the same.
type renewals struct {
	mu   sync.Mutex
	told map[string]renewal // guarded by mu; by session
}

type renewal struct {
	token string
	hash  [32]byte
	at    time.Time
}

func (r *renewals) next(session string, now time.Time) (token string, hash [32]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, old := range r.told {
		if now.Sub(old.at) >= tokenOverlap {
			delete(r.told, id)
		}
	}
	t, ok := r.told[session]
	if !ok {
		t = renewal{at: now}
		t.token, t.hash = newToken()
		r.told[session] = t
	}
	return t.token, t.hash
}
