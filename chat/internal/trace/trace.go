// Package trace gives each request an id that every line of the log about it has, and bounds what
// the lines hold.
package trace

import (
	"context"
	"crypto/rand"
	"net/http"
	"strings"
)

// Header tells the id of a request: from proxies that are trusted, and in every answer.
const Header = "X-Request-Id"

const (
	// idLength is that of an id of ours: 50 bits, short enough to be read out.
	idLength = 10
	// idMost is that of a proxy's: a UUID, and whatever else is used as an id, is shorter.
	idMost = 64
)

type key struct{}

// With gives a context the id of a request. Without an id the context stays as it is.
func With(ctx context.Context, id string) context.Context {
	if id == "" {
		return ctx
	}
	return context.WithValue(ctx, key{}, id)
}

// ID is the id of the request that a context belongs to, or "".
func ID(ctx context.Context) string {
	id, _ := ctx.Value(key{}).(string)
	return id
}

// Given is the id that a request brought, or "" when it is none: of letters, digits and what stands
// between them in the ids of proxies, and not long. It is to be believed of a trusted proxy alone.
func Given(r *http.Request) string {
	id := r.Header.Get(Header)
	if len(id) > idMost || strings.ContainsFunc(id, strange) {
		return ""
	}
	return id
}

func strange(r rune) bool {
	return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("-_.:=+/", r)
}

// Begin gives a request its id, unless it has one.
func Begin(r *http.Request) (*http.Request, string) {
	if id := ID(r.Context()); id != "" {
		return r, id
	}
	id := rand.Text()[:idLength]
	return r.WithContext(With(r.Context(), id)), id
}
