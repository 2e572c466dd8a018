package chat

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The cost of a hash: OWASP's smallest recommendation for Argon2id.
const (
	hashMemory = 19 << 10 // KiB
	hashTime   = 2
	hashLanes  = 1
	hashSize   = 32
	saltSize   = 16
)

// hasher hashes passwords, a few at once: each hash takes 19 MiB, so a flood of guesses would
// otherwise be a flood of memory.
type hasher struct {
	slots chan struct{} // one per hash under way
	queue chan struct{} // one per hash under way or waiting
	dummy PassHash      // compared with when there is no password, to take the same time
}

func newHasher(parallel, waiting int) *hasher {
	h := &hasher{slots: make(chan struct{}, parallel), queue: make(chan struct{}, parallel+waiting)}
	h.dummy = phc(make([]byte, saltSize), make([]byte, hashSize))
	return h
}

// hash makes the hash that is kept.
func (h *hasher) hash(ctx context.Context, password string) (PassHash, error) {
	done, err := h.enter(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return phc(salt, derive(password, salt)), nil
}

// matches compares in constant time. With no hash every password is right, after the same time.
func (h *hasher) matches(ctx context.Context, password string, hash PassHash) (bool, error) {
	done, err := h.enter(ctx)
	if err != nil {
		return false, err
	}
	defer done()
	stored := hash
	if hash == "" {
		stored = h.dummy
	}
	salt, key, err := parsePHC(stored)
	if err != nil {
		return false, err
	}
	same := subtle.ConstantTimeCompare(derive(password, salt), key) == 1
	return same || hash == "", nil
}

func (h *hasher) enter(ctx context.Context) (done func(), err error) {
	select {
	case h.queue <- struct{}{}:
	default:
		return nil, Fail(Unavailable, "too many passwords at once")
	}
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots; <-h.queue }, nil
	case <-ctx.Done():
		<-h.queue
		return nil, context.Cause(ctx)
	}
}

func derive(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(password), salt, hashTime, hashMemory, hashLanes, hashSize)
}

func phcHead() string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$", argon2.Version, hashMemory, hashTime, hashLanes)
}

func phc(salt, key []byte) PassHash {
	e := base64.RawStdEncoding
	return PassHash(phcHead() + e.EncodeToString(salt) + "$" + e.EncodeToString(key))
}

// parsePHC reads what phc wrote; the cost isn't variable.
func parsePHC(hash PassHash) (salt, key []byte, err error) {
	rest, ok := strings.CutPrefix(string(hash), phcHead())
	s, k, ok2 := strings.Cut(rest, "$")
	if ok && ok2 {
		if salt, err = base64.RawStdEncoding.DecodeString(s); err == nil {
			key, err = base64.RawStdEncoding.DecodeString(k)
		}
		if err == nil && len(key) == hashSize {
			return salt, key, nil
		}
	}
	return nil, nil, fmt.Errorf("read password hash: unknown form")
}
