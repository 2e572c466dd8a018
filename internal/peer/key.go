// Package peer counts what belongs to one address: connections, handshakes that are not finished.
package peer

import "net/netip"

// A Key stands for what one client can choose its addresses from: an IPv4 address, the /64 network of an IPv6
// address, which every line has, or a text that is no address as it is.
type Key struct {
	network netip.Addr
	text    string
}

// KeyOf returns the key of an address without a port.
func KeyOf(address string) Key {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return Key{text: address}
	}
	return keyOf(a)
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
