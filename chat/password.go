package chat

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
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

// matches compares in constant time.
func (h *hasher) matches(password string, hash PassHash) (bool, error) {
	salt, key, err := parsePHC(hash)
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(h.derive(password, salt), key) == 1, nil
}

func newSalt() []byte {
	salt := make([]byte, saltSize)
	rand.Read(salt)
	return salt
}

// derive leaves no memory behind: the next hash would take another 19 MiB, and the collector comes
// by itself when there is twice as much as needed.
func derive(password string, salt []byte) []byte {
	defer runtime.GC()
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
