package ws

import (
	"errors"
	"net/http"
	"strings"
)

var errProtocols = errors.New("websocket handshake: Sec-WebSocket-Protocol is no list of different names")

// FirstProtocol is the subprotocol that a client likes best, empty when it names none (RFC 6455,
// 4.1 and 4.2.2).
func FirstProtocol(header http.Header) (string, error) {
	// This is as net/http writes it; Values would spell that anew each time.
	lines := header["Sec-Websocket-Protocol"]
	if len(lines) == 0 {
		return "", nil
	}
	first, seen := "", make(map[string]bool)
	for name := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		name = strings.Trim(name, " \t")
		if !isToken(name) || seen[name] {
			return "", errProtocols
		}
		if len(seen) == 0 {
			first = name
		}
		seen[name] = true
	}
	return first, nil
}

// isToken reports whether s is a name of RFC 9110, 5.6.2.
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0) {
			return false
		}
	}
	return s != ""
}
