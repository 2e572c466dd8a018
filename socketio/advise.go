package socketio

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/packet"
)

// Names of a ConnectionError for a connection that ended while it was in no namespace: no socket exists that OnError could name.
const (
	BrokenPacket = "BROKEN_PACKET" // a packet that breaks the protocol, or a limit
	NotConnected = "NOT_CONNECTED" // a packet for a namespace that the client isn't in
)

// advise tells the developer of a mistake, seldom enough for any log. The key is a constant.
func (s *Server) advise(key, msg string, args ...any) {
	s.advice.Warn(s.opts.Logger, key, msg, args...)
}

// unheard tells OnConnectionError what ends a connection that is in no namespace.
func (c *conn) unheard(name string, err error) {
	tell := c.server.opts.OnConnectionError
	if tell == nil {
		return
	}
	e := &ConnectionError{Request: c.request(), Code: engineio.BadRequest, Message: "Bad request", Name: name, Err: err}
	if perr := protect(func() error { tell(e); return nil }); perr != nil {
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

// adviseBroken speaks of a packet that can't be read: most of the time the other end has another parser.
func (c *conn) adviseBroken(data []byte, binary bool, err error) {
	switch {
	case binary && errors.Is(err, packet.ErrBinary) && looksPacked(data):
		c.server.advise("parser", "socketio: a client sends its packets as msgpack, but this server speaks JSON: set Options.Parser to ParserMsgpack, "+
			"or take the option parser away from the client")
	case errors.Is(err, errText) && len(data) > 0 && data[0] >= '0' && data[0] <= '6':
		c.server.advise("parser", "socketio: a client sends its packets as JSON, but this server speaks msgpack: give the client the option parser with "+
			"socket.io-msgpack-parser, or set Options.Parser to ParserJSON")
	case !c.settled():
		c.server.advise("packet", "socketio: a client was disconnected for a broken packet, before it joined a namespace: does it speak Socket.IO?", "error", err)
	}
}

// looksPacked reports whether data begins like a packet of msgpack, with a map that has the key of its type or another short one.
func looksPacked(data []byte) bool {
	return len(data) > 2 && (data[0]&0xf0 == 0x80 && data[1]&0xe0 == 0xa0 || data[0] == 0xde || data[0] == 0xdf)
}

// settled reports whether the connection is in a namespace.
func (c *conn) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		if s.state() == joined {
			return true
		}
	}
	return false
}

// stray ends the connection because of a packet that doesn't fit the state of its namespace, as the official server does.
func (c *conn) stray(p *packet.Packet, twice bool) {
	if twice {
		c.server.advise("twice", "socketio: a client was disconnected because it asked for a namespace that it is in already", "namespace", short(p.Namespace))
	} else {
		c.server.advise("state", "socketio: a client was disconnected for a packet to a namespace that it isn't in: it has to join with a CONNECT "+
			"and wait for the answer", "packet", p.Type.String(), "namespace", short(p.Namespace))
	}
	if !c.settled() {
		c.unheard(NotConnected, fmt.Errorf("%v for the namespace %q, where the client isn't connected", p.Type, short(p.Namespace)))
	}
	c.close()
}

// adviseSilence speaks of a connection that has joined nothing in time. A page that was left while it polled is no mistake.
func (c *conn) adviseSilence() {
	if c.es.Transport() == engineio.WebSocket {
		c.server.advise("silence", "socketio: a connection ended because it joined no namespace within ConnectTimeout: is its client one of plain WebSocket "+
			"or Engine.IO?", "timeout", c.server.opts.ConnectTimeout)
	}
}

// maxBrief is how much of an error a log line bears.
const maxBrief = 500

// brief is the text of an error, and its end where it is long: the cause stands there.
func brief(err error) string {
	text := calm.Text(err)
	if len(text) > maxBrief {
		text = strings.ToValidUTF8(text[:maxBrief/2], "") + "…" + strings.ToValidUTF8(text[len(text)-maxBrief/2:], "")
	}
	return text
}

// short cuts what a client sent to what a log line bears.
func short(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}
