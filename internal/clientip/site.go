package clientip

import "net/netip"

// Site is the /48 that an IPv6 network (see [Network]) lies in: what a customer gets at most, and
// what anybody gets from a tunnel. Any other network is its own site.
func Site(network string) string {
	p, err := netip.ParsePrefix(network)
	if err != nil || p.Bits() <= 48 || !p.Addr().Is6() {
		return network
	}
	return netip.PrefixFrom(p.Addr(), 48).Masked().String()
}
