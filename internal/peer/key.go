// Package peer counts what belongs to one address: connections, handshakes that are not finished.
package peer

import (
	"net/netip"
	"strings"
)

// A Key stands for what one client can choose its addresses from: an IPv4 address, the /64 network
// of an IPv6 address, which every line has, or a text that is no address as it is.
type Key struct {
	network netip.Addr
	text    string
}

// KeyOf returns the key of an address. A port doesn't count: each connection has another one.
func KeyOf(address string) Key {
	text := strings.TrimSpace(address)
	if a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(text, "["), "]")); err == nil {
		return keyOf(a)
	}
	if a, err := netip.ParseAddrPort(text); err == nil {
		return keyOf(a.Addr())
	}
	return Key{text: address}
}

// keyOf takes an address of IPv4 that was mapped to IPv6 for one of IPv4.
func keyOf(a netip.Addr) Key {
	a = a.Unmap()
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			a = p.Addr()
		}
	}
	return Key{network: a}
}
