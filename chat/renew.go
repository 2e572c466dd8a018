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
	next, nextHash := h.renewals.next(s.Device, now)
	if nextHash == s.TokenHash { // another request has renewed it just now
		return next, nil
	}
	err = h.store.RenewSession(ctx, Renewal{Session: s.Device, Was: s.TokenHash, Token: nextHash, Former: former, At: now})
	h.sessions.forget(s.TokenHash, s.Former, nextHash)
	switch {
	case errors.Is(err, ErrNotFound): // as above, if it isn't gone
		return next, nil
	case err != nil:
		h.failed(ctx, "renew", "session not renewed", "session", s.Device, "error", err)
		return token, nil
	}
	return next, nil
}

// used ends the token before, the first time that the new one is used.
func (h *House) used(ctx context.Context, s Session, hash [32]byte) {
	if hash != s.TokenHash || s.Former == [32]byte{} || !s.FormerUntil.IsZero() {
		return
	}
	until := time.Now().Add(tokenOverlap)
	strict := h.renewals.strictly(s.Device)
	if strict {
		until = time.Now()
	}
	if err := h.store.EndFormer(ctx, s.Device, until); err != nil {
		h.failed(ctx, "former", "old token not ended", "session", s.Device, "error", err)
	}
	h.sessions.forget(s.TokenHash, s.Former)
	if strict {
		h.endings.tell(Ending{Session: s.ID, Device: s.Device, Proof: s.Former})
	}
}

// renewals are the tokens that were told a short while ago: requests of one visitor at the same
// time, from several tabs, must be told the same.
type renewals struct {
	mu   sync.Mutex
	told map[string]renewal // guarded by mu; by session

	strict map[string]bool // guarded by mu; sessions whose old token ends when the new one is used
}

type renewal struct {
	token string
	hash  [32]byte
	at    time.Time
}

// strictly tells, once, whether the old token of a session has to end at once.
func (r *renewals) strictly(session string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	strict := r.strict[session]
	delete(r.strict, session)
	return strict
}

// Replace gives a device another token. The old one, and its connections, end when the new one is
// used first: an answer that never arrives must not cost anybody the identity.
func (h *House) Replace(ctx context.Context, token string) (string, error) {
	hash, ok := tokenHash(token)
	if !ok {
		return "", Fail(Unauthorized, "unknown session")
	}
	s, err := h.session(ctx, hash)
	if err != nil {
		return "", err
	}
	next, nextHash := newToken()
	h.renewals.replace(s.Device, renewal{token: next, hash: nextHash, at: time.Now()})
	err = h.store.RenewSession(ctx, Renewal{Session: s.Device, Was: s.TokenHash, Token: nextHash, Former: hash, At: time.Now()})
	h.sessions.forget(s.TokenHash, s.Former, nextHash)
	if err != nil {
		h.renewals.strictly(s.Device)
		return "", storeError("replace the token", err)
	}
	return next, nil
}

// replace makes a token the one that all requests of the session are told.
func (r *renewals) replace(session string, next renewal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told[session] = next
	r.strict[session] = true
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
