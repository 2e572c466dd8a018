package socketio

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/advice"
	"github.com/madang-chat/madang/internal/packet"
)

// unheard tells OnConnectionError what ends a connection that is in no namespace.
func (c *conn) unheard(name string, err error) {
	tell := c.server.opts.OnConnectionError
	if tell == nil {
		return
	}
	e := &engineio.ConnectionError{
		Request: c.request(), Code: engineio.BadRequest, Message: "Bad request", Name: name, Err: err,
	}
	if perr := guard(func() { tell(e) }); perr != nil {
		c.server.failed(c.server.ctx, "OnConnectionError panicked", perr)
	}
}

// request is what opened the connection, as far as it is kept.
func (c *conn) request() *http.Request {
	h := c.es.Handshake()
	u, err := url.ParseRequestURI(h.URL)
	if err != nil {
		u = new(url.URL)
	}
	header := h.Header()
	host := header.Get("Host")
	header.Del("Host")
	return &http.Request{
		Method: http.MethodGet, URL: u, RequestURI: h.URL, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Body: http.NoBody,
		Host: host, RemoteAddr: h.Address,
	}
}

// stray ends the connection because of a packet that doesn't fit the state of its namespace, as the
// official server does.
func (c *conn) stray(p *packet.Packet) {
	c.adviseStray(p)
	if !c.inNamespace() {
		c.unheard(NotConnected, fmt.Errorf("%v for the namespace %q, where the client isn't connected", p.Type, advice.Short(p.Namespace)))
	}
	c.close()
}

// inNamespace reports whether the connection is in a namespace.
func (c *conn) inNamespace() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.state() == joined {
			return true
		}
	}
	return false
}
