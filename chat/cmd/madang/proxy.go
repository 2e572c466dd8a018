package main

import (
	"net"
	"net/http"

	"github.com/madang-chat/madang/internal/clientip"
)

// behind gives requests that came through a trusted proxy the address of the visitor: limits count
// by it.
func behind(proxies clientip.Trusted, next http.Handler) http.Handler {
	if len(proxies) == 0 {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := *r
		seen.RemoteAddr = net.JoinHostPort(proxies.Of(r.RemoteAddr, r.Header), "0")
		next.ServeHTTP(w, &seen)
	})
}
