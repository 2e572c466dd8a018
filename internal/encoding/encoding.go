// Package encoding reads what a client says of the encodings that it takes.
//
// It keeps no state; any goroutine may call it.
package encoding

import (
	"net/http"
	"strconv"
	"strings"
)

const identity = "identity"

// Choose returns the one of the offered encodings that the client prefers in Accept-Encoding, of
// those that it likes alike the first. It returns "" when the client takes none of them, or likes
// the body as it is better: also when it says that it doesn't take that, because there is no other.
func Choose(h http.Header, offered ...string) string {
	accepted := h.Values("Accept-Encoding")
	best, most := "", 0.0
	for _, name := range offered {
		if q := quality(accepted, name); q > most {
			best, most = name, q
		}
	}
	if quality(accepted, identity) > most {
		return ""
	}
	return best
}

// quality is how much a client likes an encoding, from 0 (not at all) to 1. The asterisk stands for
// those that aren't named; the body as it is needs no such permission, and gains nothing by it.
func quality(accepted []string, name string) float64 {
	others := 0.0
	for _, line := range accepted {
		for entry := range strings.SplitSeq(line, ",") {
			coding, params, _ := strings.Cut(entry, ";")
			switch coding = strings.TrimSpace(coding); {
			case strings.EqualFold(coding, name):
				return weight(params)
			case coding == "*" && name != identity:
				others = weight(params)
			}
		}
	}
	return others
}

// weight reads "q=0.5"; what can't be read is a refusal.
func weight(params string) float64 {
	key, value, found := strings.Cut(params, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(key), "q") {
		return 1
	}
	q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	if err != nil || !(q >= 0 && q <= 1) {
		return 0
	}
	return q
}
