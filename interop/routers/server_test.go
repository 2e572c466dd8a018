package routers

import (
	"net/http"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

// serverRows are other servers and listeners.
func serverRows() []row {
	return []row{
		{name: "TLS", serve: secure(false)},
		{name: "TLS with HTTP/2", serve: secure(true)},
		{name: "HTTP/2 without TLS", serve: cleartext(func(s *http.Server) {
			s.Protocols = new(http.Protocols)
			s.Protocols.SetHTTP1(true)
			s.Protocols.SetUnencryptedHTTP2(true)
		})},
		{name: "x/net, h2c", serve: cleartext(nil), front: func(io http.Handler) http.Handler {
			return h2c.NewHandler(io, &http2.Server{})
		}},
		{name: "Unix socket", serve: listening(onUnixSocket)},
		{name: "wrapped listener", serve: listening(onWrapped)},
		{name: "IPv6", serve: listening(onIPv6)},
	}
}
