package main

import (
	"errors"
	"log/slog"
	"net"
	"syscall"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/clientip"
	"github.com/madang-chat/madang/internal/peer"
)

// unsent is what the system keeps of what was written to a connection and isn't taken there, where
// it keeps megabytes by itself. What is in it counts as sent: no deadline ends a connection while
// all fits, and no limit of this program knows of it.
const unsent = 128 << 10

// guarded is the listener with what stands before the first byte of a request: one address gets
// that many connections, those of trusted proxies don't count, and the log says when the system
// has no more of them. refused is told of each that is closed at once.
func guarded(l net.Listener, limits chat.Limits, proxies clientip.Trusted, log *slog.Logger, refused func(limit string)) net.Listener {
	l = &accepting{Listener: l, log: log}
	most := limits.ConnectionsPerAddress
	if most < 0 {
		return l
	}
	var told advice.Advice
	return peer.Listener(l, peer.NewLimit(most), proxies.Has, func(remote net.Addr) {
		refused("connections-per-address")
		told.Warn(log, "full", "an address has as many connections as it may, further ones are closed; "+
			"a proxy needs --trusted-proxies, a school or an office a larger --limit connections-per-address", "address", clientip.Shown(clientip.Network(remote.String())), "connections-per-address", most)
	})
}

// accepting bounds what the system keeps for a connection, and tells what to do when none can be
// accepted. The server tries again by itself.
type accepting struct {
	net.Listener
	log  *slog.Logger
	told advice.Advice
}

func (l *accepting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		tcp.SetWriteBuffer(unsent) // fails for a connection that has ended already, as its use will
	}
	if errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) {
		l.told.Warn(l.log, "scarce", "out of file descriptors, nobody new is let in: raise the hard limit "+
			"(LimitNOFILE= of a systemd unit, --ulimit nofile= of docker run, ulimit -Hn of a shell)", "error", err)
	}
	return c, err
}
