package chat

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// links lead from one device of an identity to another, once. They are in memory: a restart forgets
// them.
type links struct {
	mu  sync.Mutex
	all map[[32]byte]link // guarded by mu; by SHA-256 of the secret
}

type link struct {
	id     string // identity
	device string // that made it, and ends with it
	until  time.Time
}

func newLinks() *links { return &links{all: map[[32]byte]link{}} }

// put adds a link in place of the others of the identity.
func (l *links) put(hash [32]byte, n link) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(l.all, func(_ [32]byte, o link) bool { return o.id == n.id || !now.Before(o.until) })
	l.all[hash] = n
}

func (l *links) find(hash [32]byte) (id string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.all[hash]
	return n.id, ok && time.Now().Before(n.until)
}

// take uses a link up.
func (l *links) take(hash [32]byte) (id string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	n, ok := l.all[hash]
	delete(l.all, hash)
	return n.id, ok && time.Now().Before(n.until)
}

// drop deletes what ends with an identity or a device.
func (l *links) drop(e Ending) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.all, func(_ [32]byte, o link) bool { return o.id == e.Session && (e.Device == "" || o.device == e.Device) })
}

// Link makes a secret that lets another device be the same visitor, once and for Limits.LinkLife.
// The one before ends.
func (h *House) Link(who Visitor) (secret string, until time.Time, err error) {
	if err := h.rates.take(one(&h.rates.linking, who.ID)); err != nil {
		return "", time.Time{}, err
	}
	secret, hash := newToken()
	until = time.Now().Add(h.limits.LinkLife)
	h.links.put(hash, link{who.ID, who.Device, until})
	if h.Ended(who) { // meanwhile
		h.links.take(hash)
		return "", time.Time{}, Fail(Unauthorized, "unknown session")
	}
	return secret, until, nil
}

// Linked is who a link leads to; it stays whole. It fails with NoSuchLink.
func (h *House) Linked(ctx context.Context, secret, from string) (Identity, error) {
	id, err := h.lookLink(secret, from, h.links.find)
	if err != nil {
		return Identity{}, err
	}
	return h.profile(ctx, nil, Identity{ID: id})
}

// TakeLink makes a device of the identity that a link leads to, and uses the link up. The device
// that was used until now, if any, ends. It fails with NoSuchLink, TooMany or RateLimited.
func (h *House) TakeLink(ctx context.Context, secret, lang, label string, until Visitor) (token string, id Identity, err error) {
	if id, err = h.Linked(ctx, secret, until.From); err != nil {
		return "", Identity{}, err
	}
	done, err := h.naming.take(ctx, id.ID) // it isn't forgotten meanwhile
	if err != nil {
		return "", Identity{}, err
	}
	defer done()
	devices, err := h.store.Devices(ctx, id.ID, time.Now())
	if err != nil {
		return "", Identity{}, storeError("list the devices", err)
	}
	if until.ID == id.ID {
		return "", id, nil // it is the same already
	}
	if h.limits.Devices >= 0 && len(devices) >= h.limits.Devices {
		return "", Identity{}, met(TooMany, "devices", h.limits.Devices, "too many devices")
	}
	if err := h.rates.newcomer(until.From); err != nil {
		return "", Identity{}, err
	}
	if _, err := h.lookLink(secret, until.From, h.links.take); err != nil {
		return "", Identity{}, err
	}
	token, hash := newToken()
	now := time.Now()
	err = h.store.AddSession(context.WithoutCancel(ctx), Session{Identity: id, Device: NewID(), Label: label, TokenHash: hash, Lang: lang,
		Created: now, Renewed: now, Seen: now.Add(time.Millisecond), Expires: now.Add(h.limits.SessionLife)})
	if err != nil {
		return "", Identity{}, storeError("add session", err)
	}
	if until.Device != "" {
		if err := h.EndDevice(ctx, until, until.Device); err != nil {
			return "", Identity{}, fmt.Errorf("end the device as it was: %w", err)
		}
	}
	return token, id, nil
}

// lookLink counts wrong secrets.
func (h *House) lookLink(secret, from string, look func([32]byte) (string, bool)) (id string, err error) {
	charges := h.rates.address(&h.rates.linkTries, from, 1)
	if err := h.rates.check(charges...); err != nil {
		return "", err
	}
	hash, ok := tokenHash(secret)
	if ok {
		id, ok = look(hash)
	}
	if !ok {
		if err := h.rates.take(charges...); err != nil {
			return "", err
		}
		return "", Fail(NoSuchLink, "the link has been used, or is too old")
	}
	return id, nil
}
