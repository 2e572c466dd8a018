package engineio

import (
	"bufio"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"time"
)

// A Handshake is what is kept of the request that opened a session. It is immutable. The
// request itself isn't kept: with its headers and buffers it would cost several kilobytes for each connection.
type Handshake struct {
	Time    time.Time
	Address string // the client's IP address as the HTTP server saw it
	Secure  bool   // the request came over TLS
	URL     string // path and query
	host    string
	headers string // "Name: value" lines
}

// dropped are the headers that only concern the connection itself.
var dropped = map[string]bool{
	"Connection": true, "Upgrade": true, "Sec-Websocket-Key": true, "Sec-Websocket-Version": true, "Sec-Websocket-Extensions": true,
}

func newHandshake(r *http.Request) *Handshake {
	address, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		address = r.RemoteAddr
	}
	var b strings.Builder
	for name, values := range r.Header {
		if dropped[name] {
			continue
		}
		for _, v := range values {
			b.WriteString(name)
			b.WriteString(": ")
			b.WriteString(v)
			b.WriteString("\r\n")
		}
	}
	return &Handshake{
		Time: time.Now(), Address: address, Secure: r.TLS != nil,
		URL: r.URL.RequestURI(), host: r.Host, headers: b.String(),
	}
}

func (h *Handshake) size() int { return len(h.URL) + len(h.host) + len(h.headers) }

// Query returns the parameters of the URL, those of the protocol included.
func (h *Handshake) Query() url.Values {
	_, query, _ := strings.Cut(h.URL, "?")
	values, _ := url.ParseQuery(query)
	return values
}

// Header returns a copy of the request's headers, Host included.
func (h *Handshake) Header() http.Header {
	header, _ := textproto.NewReader(bufio.NewReader(strings.NewReader(h.headers + "\r\n"))).ReadMIMEHeader()
	header.Set("Host", h.host)
	return http.Header(header)
}
