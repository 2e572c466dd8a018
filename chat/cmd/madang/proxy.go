package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"

	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/internal/clientip"
)

// behind gives requests that came through a trusted proxy the address of the visitor, which limits
// count by, and the id that the proxy's own log has. A proxy beside the server that isn't trusted
// would make all visitors one: the log says so once.
func behind(proxies clientip.Trusted, log *slog.Logger, next http.Handler) http.Handler {
	var warn sync.Once
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visitor := proxies.Of(r.RemoteAddr, r.Header)
		peer, err := netip.ParseAddrPort(r.RemoteAddr)
		if err != nil {
			next.ServeHTTP(w, r)
			return
		}
		addr := peer.Addr().Unmap()
		if proxies.Has(addr) {
			r = r.WithContext(trace.With(r.Context(), trace.Given(r)))
		}
		if visitor == addr.String() {
			near := addr.IsLoopback() || addr.IsPrivate()
			if near && !proxies.Has(addr) && r.Header.Get("X-Forwarded-For") != "" {
				warn.Do(func() {
					log.Warn("a proxy that isn't trusted: limits count all its visitors as one; name it with --trusted-proxies",
						"proxy", visitor)
				})
			}
			next.ServeHTTP(w, r)
			return
		}
		seen := *r
		seen.RemoteAddr = net.JoinHostPort(visitor, "0")
		next.ServeHTTP(w, &seen)
	})
}
