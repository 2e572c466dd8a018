package engineio

import (
	"net/http"
	"net/url"
	"strings"
)

// A query is what the URL of a request says to the server. A map of all parameters would be a sixth
// of what polling allocates.
type query struct{ transport, sid, eio, b64 string }

func queryOf(r *http.Request) query { return parseQuery(r.URL.RawQuery) }

// first is Header.Get of a name in its canonical form, which Get would make each time.
func first(h http.Header, name string) string {
	if values := h[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// parseQuery reads text as url.ParseQuery does.
func parseQuery(text string) (q query) {
	plain := !strings.ContainsAny(text, "%+;")
	for text != "" {
		// From the end, as the first one of a name counts.
		i := strings.LastIndexByte(text, '&')
		part := text[i+1:]
		text = text[:max(i, 0)]
		key, value, _ := strings.Cut(part, "=")
		if !plain {
			var wrong, bad error
			key, wrong = url.QueryUnescape(key)
			value, bad = url.QueryUnescape(value)
			if wrong != nil || bad != nil || strings.Contains(part, ";") {
				continue
			}
		}
		switch key {
		case "transport":
			q.transport = value
		case "sid":
			q.sid = value
		case "EIO":
			q.eio = value
		case "b64":
			q.b64 = value
		}
	}
	return q
}
