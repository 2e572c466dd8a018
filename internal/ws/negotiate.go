package ws

import (
	"net/http"
	"strings"
)

const (
	deflateName = "permessage-deflate"

	// The server resets its window after each message, so that compressors can be pooled and
	// a broadcast compressed once, and asks the client for the same.
	deflateAnswer = deflateName + "; server_no_context_takeover; client_no_context_takeover"
)

// NegotiateDeflate picks the first offer of permessage-deflate in a request's header that this
// package can honour. The response is the value for Sec-WebSocket-Extensions. Offers with a
// server window below 15 bits are refused, because compress/flate has no other, and so are those
// with a parameter that is unknown, repeated or malformed (RFC 7692, 7.1).
func NegotiateDeflate(header http.Header) (response string, ok bool) {
	for _, line := range header.Values("Sec-WebSocket-Extensions") {
		for _, offer := range splitOutsideQuotes(line, ',') {
			if response, ok := answer(splitOutsideQuotes(offer, ';')); ok {
				return response, true
			}
		}
	}
	return "", false
}

// answer judges one offer: a name and its parameters.
func answer(parts []string) (response string, ok bool) {
	if !strings.EqualFold(parts[0], deflateName) {
		return "", false
	}
	response = deflateAnswer
	seen := make(map[string]bool)
	for _, part := range parts[1:] {
		name, value, hasValue := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		value = unquote(strings.TrimSpace(value))
		if seen[name] {
			return "", false
		}
		seen[name] = true
		switch name {
		case "server_no_context_takeover", "client_no_context_takeover":
			if hasValue {
				return "", false
			}
		case "client_max_window_bits":
			if hasValue && !windowBits(value) {
				return "", false
			}
		case "server_max_window_bits":
			if value != "15" {
				return "", false
			}
			// Accepting this parameter takes repeating it (RFC 7692, 7.1.2.1).
			response += "; server_max_window_bits=15"
		default:
			return "", false
		}
	}
	return response, true
}

// windowBits reports whether s is a number from 8 to 15 without leading zeros.
func windowBits(s string) bool {
	switch s {
	case "8", "9", "10", "11", "12", "13", "14", "15":
		return true
	}
	return false
}

// splitOutsideQuotes cuts s at each sep that isn't inside a quoted string, and trims the parts.
func splitOutsideQuotes(s string, sep byte) []string {
	var parts []string
	quoted, start := false, 0
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++ // the next byte is literal
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			parts = append(parts, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(s[start:]))
}

// unquote takes the quotes off. The values that are understood need no escapes.
func unquote(s string) string {
	if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	return s
}
