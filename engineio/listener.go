package engineio

import (
	"log/slog"
	"net"

	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/peer"
)

// DefaultConnectionsPerAddress is what LimitListener takes 0 for: with 1,024 descriptors it takes
// four hostile addresses to use them up, and one house or office with one address has room for
// about a hundred people at a time, whose browsers need one or two connections each.
const DefaultConnectionsPerAddress = 256

// LimitListener closes connections of an address that already has perAddress open, or of a /64
// network of IPv6, before anything of them is read: also connections that never send a request,
// idle ones and WebSockets count, until they are closed. 0 means DefaultConnectionsPerAddress, and
// a negative number that there is no limit. Behind a proxy all come from one address, so there it
// has no place; slog.Default() is told when an address is full.
//
// It belongs directly around the listener of TCP, inside of TLS:
//
//	server.ServeTLS(engineio.LimitListener(listener, 0), "cert.pem", "key.pem")
func LimitListener(l net.Listener, perAddress int) net.Listener {
	if perAddress < 0 {
		return l
	}
	if perAddress == 0 {
		perAddress = DefaultConnectionsPerAddress
	}
	var told advice.Advice
	return peer.Listener(l, peer.NewLimit(perAddress), nil, func(remote net.Addr) {
		told.Warn(calm.Logger(slog.Default()), "full",
			"engineio: an address has all the connections that LimitListener gives it, "+
				"further ones are closed: behind a proxy do without it",
			"address", remote, "connections", perAddress)
	})
}
