package clientip

import (
	"net"
	"net/netip"
	"regexp"
	"strings"
)

// likeAddress is what may be an address, with a port or not.
var likeAddress = regexp.MustCompile(`\[?[0-9a-fA-F.:]{2,}(?:%\w+)?\]?(?::\d+)?`)

// Hide takes out of a text that somebody else has composed what tells one client's address from
// another's.
func Hide(text string) string {
	return likeAddress.ReplaceAllStringFunc(text, func(like string) string {
		address := strings.TrimRight(like, ".:")
		rest := like[len(address):]
		if strings.HasSuffix(address, "]") || !strings.Contains(address, "]") {
			if _, err := netip.ParseAddr(strings.Trim(address, "[]")); err == nil {
				address = net.JoinHostPort(strings.Trim(address, "[]"), "0")
			}
		}
		if network := Network(address); network != "" {
			return Shown(network) + rest
		}
		return like
	})
}
