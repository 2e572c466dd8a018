package chat

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// tagSize is the characters of a tag.
const tagSize = 6

// tags are written without letters that look like digits.
var tagLetters = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// SetTag gives who the tag of a passphrase, "" = none: whoever knows the passphrase has the same,
// with every identity. The same passphrase of another server makes another tag. It fails with
// BadPassword, RateLimited or, when too many hash, Unavailable.
func (h *House) SetTag(ctx context.Context, who Visitor, passphrase string) (Identity, error) {
	tag := ""
	if passphrase != "" {
		var err error
		if passphrase, err = h.limits.password(passphrase); err != nil {
			return Identity{}, err
		}
		if err := h.rates.take(append(h.rates.address(&h.rates.addressTags, who.From, 1), one(&h.rates.tags, who.ID))...); err != nil {
			return Identity{}, err
		}
		if tag, err = h.tag(ctx, who.From, passphrase); err != nil {
			return Identity{}, err
		}
	}
	return h.called(ctx, who, func(id *Identity) error {
		id.Tag = tag
		return nil
	})
}

func (h *House) tag(ctx context.Context, from, passphrase string) (string, error) {
	done, err := h.hasher.enter(ctx, from)
	if err != nil {
		return "", err
	}
	defer done()
	sum := h.pepper("tag", h.hasher.derive(passphrase, h.pepper("tag's salt", nil)[:saltSize]))
	return strings.ToLower(tagLetters.EncodeToString(sum))[:tagSize], nil
}

// pepper makes something of data that nobody can who doesn't know the server's secret.
func (h *House) pepper(use string, data []byte) []byte {
	m := hmac.New(sha256.New, h.secret)
	m.Write([]byte(use + "\x00"))
	m.Write(data)
	return m.Sum(nil)
}
