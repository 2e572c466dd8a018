package engineio

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// A Handshake is what is kept of the request that opened a session. It is immutable. The request
// itself isn't kept: with its headers and buffers it would cost several kilobytes for each
// connection.
//
// Its JSON form has the exported fields alone, so that cookies don't get to a client by accident.
// EncodeHandshake writes the headers too.
type Handshake struct {
	Time    time.Time
	Address string // the IP address of the client, or what Options.ClientAddress returned
	Secure  bool   // the request came over TLS
	URL     string // path and query
	host    string
	headers string // "Name: value" lines
}

// dropped are the headers that only concern the connection itself.
var dropped = map[string]bool{
	"Connection": true, "Upgrade": true, "Sec-Websocket-Key": true, "Sec-Websocket-Version": true, "Sec-Websocket-Extensions": true,
}

func (s *Server) newHandshake(r *http.Request, address string) *Handshake {
	return &Handshake{
		Time: time.Now(), Address: address, Secure: r.TLS != nil,
		URL: s.urls.keep(r.URL.RequestURI()), host: s.hosts.keep(r.Host), headers: headerLines(r.Header),
	}
}

// A common string is what most clients send. They share its memory: the last one is remembered.
type common struct{ last atomic.Pointer[string] }

// keep returns a string equal to text that isn't part of another.
func (c *common) keep(text string) string {
	last := c.last.Load()
	if last == nil || *last != text {
		text = strings.Clone(text)
		last = &text
		c.last.Store(last)
	}
	return *last
}

func headerLines(header http.Header) string {
	var b strings.Builder
	for name, values := range header {
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
	return b.String()
}

// Size is how many bytes of the request are kept.
func (h *Handshake) Size() int { return len(h.URL) + len(h.host) + len(h.headers) }

// Query returns the parameters of the URL, those of the protocol included.
func (h *Handshake) Query() url.Values {
	if h == nil {
		return url.Values{}
	}
	_, query, _ := strings.Cut(h.URL, "?")
	values, _ := url.ParseQuery(query)
	return values
}

// Header returns a copy of the request's headers, Host included.
func (h *Handshake) Header() http.Header {
	if h == nil {
		return http.Header{}
	}
	header, _ := readHeader(h.headers) // its lines were made of headers
	header.Set("Host", h.host)
	return header
}

func readHeader(lines string) (http.Header, error) {
	header, err := textproto.NewReader(bufio.NewReader(strings.NewReader(lines + "\r\n"))).ReadMIMEHeader()
	return http.Header(header), err
}

// handshakeForm is what EncodeHandshake writes. What isn't UTF-8 becomes U+FFFD in it.
type handshakeForm struct {
	Time    time.Time
	Address string
	Secure  bool
	URL     string
	Header  http.Header
}

// EncodeHandshake writes all of a handshake as JSON, cookies included, so that other processes can
// be told of it.
func EncodeHandshake(h *Handshake) ([]byte, error) {
	return json.Marshal(handshakeForm{h.Time, h.Address, h.Secure, h.URL, h.Header()})
}

// DecodeHandshake reads what EncodeHandshake wrote.
func DecodeHandshake(data []byte) (*Handshake, error) {
	var form handshakeForm
	if err := json.Unmarshal(data, &form); err != nil {
		return nil, fmt.Errorf("engineio: decode a handshake: %w", err)
	}
	host := form.Header.Get("Host")
	form.Header.Del("Host")
	for name, values := range form.Header {
		if strings.ContainsAny(name, ": \t") || strings.ContainsAny(name+strings.Join(values, ""), "\r\n") {
			return nil, fmt.Errorf("engineio: decode a handshake: illegal header %q", name)
		}
	}
	lines := headerLines(form.Header)
	if _, err := readHeader(lines); err != nil {
		return nil, fmt.Errorf("engineio: decode a handshake: %w", err)
	}
	return &Handshake{Time: form.Time, Address: form.Address, Secure: form.Secure, URL: form.URL, host: host, headers: lines}, nil
}
