package chat

import (
	"cmp"
	"context"
	"crypto/hmac"
	"fmt"
)

// guess fails unless the password is right. A try counts from its turn to hash until it turns out
// to be right, so that nobody guesses more by doing so all at once, and nobody waits for those who
// know.
func (h *House) guess(ctx context.Context, who Visitor, r *room, password string, hash PassHash) error {
	charges := append(h.rates.address(&h.rates.addressTries, who.From, 1), one(&h.rates.guesses, r.id+"/"+who.ID))
	wrong := failField(WrongPassword, "password", "wrong password")
	password, err := h.limits.password(password)
	if err != nil { // it can't be right
		return cmp.Or(h.rates.take(charges...), wrong)
	}
	if err := h.rates.check(charges...); err != nil {
		return err
	}
	proof := h.hasher.prove(password)
	if r.proved(proof) {
		return nil
	}
	done, err := h.hasher.enter(ctx, who.From)
	if err != nil {
		return err
	}
	defer done()
	if r.proved(proof) { // by somebody before
		return nil
	}
	if err := h.rates.take(charges...); err != nil {
		return err
	}
	right, err := h.hasher.matches(password, hash)
	if err != nil {
		return fmt.Errorf("compare password: %w", err)
	}
	if !right {
		return wrong
	}
	h.rates.giveBack(0, charges...)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rec.PassHash == hash { // it may have changed meanwhile
		r.proof = proof
	}
	return nil
}

// proved tells whether the password of that proof was found right.
func (r *room) proved(proof *[32]byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.proof != nil && hmac.Equal(r.proof[:], proof[:])
}
