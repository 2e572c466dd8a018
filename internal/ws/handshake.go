package ws

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// acceptGUID is what a server appends to the key of a client (RFC 6455, 1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// CheckUpgrade judges the opening handshake of a client (RFC 6455, 4.2.1) and returns its key, for
// [AcceptKey]. It doesn't look at the Origin. The error's text is fit for a 400 response. The names
// of headers are as net/http keeps them; any other it spells anew each time.
func CheckUpgrade(r *http.Request) (key string, err error) {
	switch {
	case r.Method != http.MethodGet:
		return "", errors.New("websocket handshake: method is not GET")
	case r.ProtoMajor != 1 || r.ProtoMinor < 1:
		return "", errors.New("websocket handshake: protocol is not HTTP/1.1")
	case !IsUpgrade(r):
		return "", errors.New("websocket handshake: Upgrade header does not name websocket")
	case !hasToken(r.Header, "Connection", "upgrade"):
		return "", errors.New("websocket handshake: Connection header does not name upgrade")
	case r.Header.Get("Sec-Websocket-Version") != "13":
		return "", errors.New("websocket handshake: Sec-WebSocket-Version is not 13")
	}
	keys := r.Header.Values("Sec-Websocket-Key")
	if len(keys) != 1 {
		return "", errors.New("websocket handshake: one Sec-WebSocket-Key is needed")
	}
	nonce, err := base64.StdEncoding.DecodeString(keys[0])
	if err != nil || len(nonce) != 16 {
		return "", errors.New("websocket handshake: Sec-WebSocket-Key is not 16 bytes in base64")
	}
	return keys[0], nil
}

// AcceptKey returns the value for Sec-WebSocket-Accept.
func AcceptKey(key string) string {
	sum := sha1.Sum(append(append(make([]byte, 0, 64), key...), acceptGUID...))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// IsUpgrade reports whether the Upgrade header names websocket. The request may still fail
// [CheckUpgrade].
func IsUpgrade(r *http.Request) bool { return hasToken(r.Header, "Upgrade", "websocket") }

// hasToken looks for a token in a list header, which may have several lines.
func hasToken(h http.Header, name, token string) bool {
	for _, line := range h[name] {
		for item := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(item), token) {
				return true
			}
		}
	}
	return false
}
