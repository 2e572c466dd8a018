package engineio

import (
	"net/http"
	"net/url"
	"strings"
)

// A query is the query of a URL as it came. Each request asks for a few parameters, and a map of
// all of them would be a sixth of what polling allocates.
type query string

func queryOf(r *http.Request) query { return query(r.URL.RawQuery) }

// Get is url.Values.Get of a name that isn't empty.
func (q query) Get(name string) string {
	for part := range strings.SplitSeq(string(q), "&") {
		key, value, _ := strings.Cut(part, "=")
		key, err := url.QueryUnescape(key)
		if err != nil || key != name || strings.Contains(part, ";") {
			continue
		}
		if value, err = url.QueryUnescape(value); err == nil {
			return value
		}
	}
	return ""
}
