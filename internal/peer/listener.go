package peer

import (
	"net"
	"net/netip"
	"sync/atomic"
)

// Listener accepts the connections of l as far as the limit lets their addresses in, and closes
// others at once, which it tells. Connections that don't come from an IP address, as over a Unix
// socket, don't count, nor do those of addresses that are free; nil = none is.
func Listener(l net.Listener, limit *Limit, free func(netip.Addr) bool, refused func(net.Addr)) net.Listener {
	return &listener{l, limit, free, refused}
}

type listener struct {
	net.Listener
	limit   *Limit
	free    func(netip.Addr) bool
	refused func(net.Addr)
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		remote, ok := c.RemoteAddr().(*net.TCPAddr)
		if !ok {
			return c, nil
		}
		addr := remote.AddrPort().Addr()
		if l.free != nil && l.free(addr) {
			return c, nil
		}
		leave := l.limit.Enter(keyOf(addr))
		if leave == nil {
			c.Close()
			l.refused(remote)
			continue
		}
		if tcp, ok := c.(*net.TCPConn); ok {
			return &tcpConn{TCPConn: tcp, place: place{leave: leave}}, nil
		}
		return &otherConn{Conn: c, place: place{leave: leave}}, nil
	}
}

// A place is left once.
type place struct {
	leave func()
	left  atomic.Bool
}

// Release says that somebody else calls what it returns, once, in place of Close.
func (p *place) Release() (ended func()) {
	if p.left.Swap(true) {
		return nil
	}
	return p.leave
}

func (p *place) end() {
	if ended := p.Release(); ended != nil {
		ended()
	}
}

// A tcpConn has all methods of a TCP connection.
type tcpConn struct {
	*net.TCPConn
	place
}

// TCP lets an event loop take the connection over.
func (c *tcpConn) TCP() *net.TCPConn { return c.TCPConn }

func (c *tcpConn) Close() error {
	defer c.end()
	return c.TCPConn.Close()
}

type otherConn struct {
	net.Conn
	place
}

func (c *otherConn) Close() error {
	defer c.end()
	return c.Conn.Close()
}
