package ws

import (
	"errors"
	"net/http"
	"slices"
	"strings"
)

var errProtocols = errors.New("websocket handshake: Sec-WebSocket-Protocol is no list of different names")

// FirstProtocol is the subprotocol that a client likes best, empty when it names none (RFC 6455, 4.1 and 4.2.2).
func FirstProtocol(header http.Header) (string, error) {
	lines := header.Values("Sec-WebSocket-Protocol")
	if len(lines) == 0 {
		return "", nil
	}
	names := strings.Split(strings.Join(lines, ","), ",")
	for i, name := range names {
		names[i] = strings.Trim(name, " \t")
		if !isToken(names[i]) || slices.Contains(names[:i], names[i]) {
			return "", errProtocols
		}
	}
	return names[0], nil
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
