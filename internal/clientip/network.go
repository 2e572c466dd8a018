package clientip

import "net/netip"

// Network is what limits count a client by: its address or, of IPv6, the /64 that one customer
// gets. remote is as in http.Request.RemoteAddr, where what is in front has put the address that
// [Trusted.Of] found; a connection without addresses, such as a Unix socket, has "".
func Network(remote string) string {
	peer, err := netip.ParseAddrPort(remote)
	if err != nil {
		return ""
	}
	addr := peer.Addr().Unmap()
	if addr.Is4() {
		return addr.String()
	}
	return netip.PrefixFrom(addr.WithZone(""), 64).Masked().String()
}

// Shown is a network as a log may keep it: without what tells one customer from another.
func Shown(network string) string {
	if p, err := netip.ParsePrefix(network); err == nil {
		return netip.PrefixFrom(p.Addr(), min(p.Bits(), 48)).Masked().String()
	}
	a, err := netip.ParseAddr(network)
	switch {
	case err != nil:
		return ""
	case a.Is4():
		return netip.PrefixFrom(a, 24).Masked().String()
	}
	return netip.PrefixFrom(a, 48).Masked().String()
}
