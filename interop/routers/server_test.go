package routers

//lint:file-ignore SA1019 h2c is deprecated, and programs have it

import (
	"net/http"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/h2c"
)

// serverRows are other servers and listeners.
func serverRows() []row {
	return []row{
		{name: "server: TLS", serve: secure(false)},
		{name: "server: TLS with HTTP/2", serve: secure(true)},
		{name: "server: HTTP/2 without TLS", serve: cleartext(func(s *http.Server) {
			s.Protocols = new(http.Protocols)
			s.Protocols.SetHTTP1(true)
			s.Protocols.SetUnencryptedHTTP2(true)
		})},
		{name: "server: x/net h2c", serve: cleartext(nil), front: func(io http.Handler) http.Handler {
			return h2c.NewHandler(io, &http2.Server{})
		}},
		{name: "server: Unix socket", serve: listening(onUnixSocket)},
		{name: "server: wrapped listener", serve: listening(onWrapped)},
		{name: "server: IPv6", serve: listening(onIPv6)},
	}
}
