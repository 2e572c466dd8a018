package chat

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
)

// tokenSize is the bytes of randomness in a session token.
const tokenSize = 32

func newToken() (token string, hash [32]byte) {
	b := make([]byte, tokenSize)
	rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b), sha256.Sum256(b)
}

func tokenHash(token string) (hash [32]byte, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	return sha256.Sum256(b), err == nil && len(b) == tokenSize
}
