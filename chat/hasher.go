package chat

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

// hasher lets a few calls hash at once: each hash takes 19 MiB, so a flood of guesses would
// otherwise be a flood of memory. The others wait in a queue that serves addresses in turn: who
// waits for one hash waits for at most one of each other address. A full queue loses the last come
// of the address that has most in it.
type hasher struct {
	derive   func(password string, salt []byte) []byte
	key      [32]byte // of proofs
	parallel int      // calls that may hash at once
	queue    int      // calls that may wait; negative = any number

	mu      sync.Mutex
	free    int      // guarded by mu; hashes that may begin; while there are, nobody waits
	parties []*party // guarded by mu; none is empty, the next to be served is first
}

// party are those of one address, or IPv6 site, that wait.
type party struct {
	site    string
	waiting []chan error // told nil when it may hash
}

func newHasher(parallel, queue int) *hasher {
	parallel = max(1, parallel)
	h := &hasher{derive: derive, parallel: parallel, queue: queue, free: parallel}
	rand.Read(h.key[:])
	return h
}

// hash makes the hash that is kept.
func (h *hasher) hash(ctx context.Context, from, password string) (PassHash, error) {
	done, err := h.enter(ctx, from)
	if err != nil {
		return "", err
	}
	defer done()
	salt := newSalt()
	return phc(salt, h.derive(password, salt)), nil
}

// prove makes what a password that was found right is known by again, without a hash: who tells it
// over and over, or a crowd that comes at once, costs nothing. It is never kept.
func (h *hasher) prove(password string) *[32]byte {
	m := hmac.New(sha256.New, h.key[:])
	m.Write([]byte(password))
	return (*[32]byte)(m.Sum(nil))
}

// enter waits until the caller may hash. It fails when ctx ends before, or when too many wait.
func (h *hasher) enter(ctx context.Context, from string) (done func(), err error) {
	h.mu.Lock()
	if h.free > 0 {
		h.free--
		h.mu.Unlock()
		return h.leave, nil
	}
	turn, err := h.stand(clientip.Site(from))
	h.mu.Unlock()
	if err != nil {
		return nil, err
	}
	select {
	case err = <-turn:
	case <-ctx.Done():
		if h.giveUp(turn) {
			return nil, context.Cause(ctx)
		}
		err = <-turn // it came first
	}
	if err != nil {
		return nil, err
	}
	return h.leave, nil
}

// leave lets the next one hash.
func (h *hasher) leave() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.parties) == 0 {
		h.free++
		return
	}
	l := h.parties[0]
	h.parties = h.parties[1:]
	l.waiting[0] <- nil
	l.waiting = l.waiting[1:]
	if len(l.waiting) > 0 {
		h.parties = append(h.parties, l)
	}
}

// stand puts somebody into the queue; mu is held.
func (h *hasher) stand(site string) (turn chan error, err error) {
	var mine, longest *party
	n := 0
	for _, l := range h.parties {
		n += len(l.waiting)
		if l.site == site {
			mine = l
		}
		if longest == nil || len(l.waiting) > len(longest.waiting) {
			longest = l
		}
	}
	if mine == nil {
		mine = &party{site: site}
	}
	if h.queue >= 0 && n >= h.queue {
		if longest == nil || len(longest.waiting) <= len(mine.waiting)+1 {
			return nil, h.full()
		}
		last := len(longest.waiting) - 1 // it isn't the only one of its party
		longest.waiting[last] <- h.full()
		longest.waiting = longest.waiting[:last]
	}
	if len(mine.waiting) == 0 {
		h.parties = append(h.parties, mine)
	}
	turn = make(chan error, 1)
	mine.waiting = append(mine.waiting, turn)
	return turn, nil
}

// giveUp takes somebody out of the queue, who may have been served or refused already.
func (h *hasher) giveUp(turn chan error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for i, l := range h.parties {
		at := slices.Index(l.waiting, turn)
		if at < 0 {
			continue
		}
		if l.waiting = slices.Delete(l.waiting, at, at+1); len(l.waiting) == 0 {
			h.parties = slices.Delete(h.parties, i, i+1)
		}
		return true
	}
	return false
}

func (h *hasher) full() error {
	return &Error{Code: Unavailable, Message: "too many passwords at once", Limit: "hashing-queue", N: h.queue,
		Retryable: true, RetryAfter: time.Second}
}
