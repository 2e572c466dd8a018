package main

import (
	"log/slog"
	"net/http"
	"net/netip"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/clientip"
	"github.com/madang-chat/madang/internal/peer"
)

// atOnce lets an address have as many requests by HTTP/2 at a time as connections: there each of
// them would be a connection by HTTP/1.1, and costs as much. Those of trusted proxies don't count.
func atOnce(limits chat.Limits, proxies clientip.Trusted, log *slog.Logger, next http.Handler) http.Handler {
	most := limits.ConnectionsPerAddress
	if most < 0 {
		return next
	}
	limit, busy := peer.NewLimit(most), httpapi.Busy()
	var told advice.Advice
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remote, err := netip.ParseAddrPort(r.RemoteAddr)
		if r.ProtoMajor < 2 || err != nil || proxies.Has(remote.Addr()) {
			next.ServeHTTP(w, r)
			return
		}
		leave := limit.Enter(peer.KeyOf(r.RemoteAddr))
		if leave == nil {
			told.Warn(log, "full", "an address has as many requests at a time as it may have connections, further ones are refused",
				"address", clientip.Shown(clientip.Network(r.RemoteAddr)), "connections-per-address", most)
			busy.ServeHTTP(w, r)
			return
		}
		defer leave()
		next.ServeHTTP(w, r)
	})
}
