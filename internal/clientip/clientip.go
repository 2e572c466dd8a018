// Package clientip tells whose request it is when proxies stand in front of a server.
//
// Anybody can send X-Forwarded-For, so it counts only as far as known proxies wrote it. A Trusted
// is not changed after it was made; any goroutine may use it.
package clientip

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Trusted are the networks of the proxies in front of the server. Without any, the header is
// ignored.
type Trusted []netip.Prefix

// Parse reads addresses and networks, separated by commas ("10.0.0.0/8, ::1").
func Parse(list string) (Trusted, error) {
	var t Trusted
	for item := range strings.SplitSeq(list, ",") {
		item = strings.TrimSpace(item)
		if item == "" {
			continue
		}
		if a, err := netip.ParseAddr(item); err == nil {
			t = append(t, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, fmt.Errorf("trusted proxy %q is neither an address nor a network", item)
		}
		if p.Addr().Is4In6() && p.Bits() >= 96 {
			p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
		}
		t = append(t, p.Masked())
	}
	return t, nil
}

// UnmarshalText is Parse.
func (t *Trusted) UnmarshalText(list []byte) (err error) {
	*t, err = Parse(string(list))
	return err
}

// Of returns the client's address. remote is the peer of the connection (http.Request.RemoteAddr,
// with or without its port), header an http.Header. Each proxy appends the peer that it saw to
// X-Forwarded-For, so the list is read from its end, while what stands there is a proxy that we
// trust.
func (t Trusted) Of(remote string, header map[string][]string) string {
	if host, _, err := net.SplitHostPort(remote); err == nil {
		remote = host
	}
	last, err := netip.ParseAddr(remote)
	if err != nil {
		return remote
	}
	if !t.Has(last) { // what it sends isn't even read: it may be long
		return last.Unmap().String()
	}
	seen := strings.Split(strings.Join(header["X-Forwarded-For"], ","), ",")
	for _, item := range slices.Backward(seen) {
		if !t.Has(last) {
			break
		}
		item = strings.TrimSpace(item)
		a, err := netip.ParseAddr(item)
		if withPort, e := netip.ParseAddrPort(item); e == nil { // some proxies add it
			a, err = withPort.Addr(), nil
		}
		if err != nil {
			break
		}
		last = a
	}
	return last.Unmap().String()
}

// Has tells whether an address is one of them.
func (t Trusted) Has(a netip.Addr) bool {
	return slices.ContainsFunc(t, func(p netip.Prefix) bool { return p.Contains(a.Unmap()) })
}
