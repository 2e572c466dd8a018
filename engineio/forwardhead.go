package engineio

import (
	"bytes"
	"net/http"
	"strconv"

	"github.com/madang-chat/madang/internal/ws"
)

// ofConnection are headers of one connection, not of what is said on it.
var ofConnection = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "Expect": true, "Content-Length": true, forwardedHeader: true,
}

// passHeader keeps what a middleware in front has set, unless the owner says otherwise.
func passHeader(to, from http.Header) {
	for name, values := range from {
		switch {
		case name == "Content-Length":
			to[name] = values
		case ofConnection[name]:
		case name == "Set-Cookie" || name == "Vary":
			to[name] = append(to[name], values...)
		default:
			to[name] = values
		}
	}
}

// forwardHead is the head of a request for its owner.
func forwardHead(r *http.Request) []byte {
	var out bytes.Buffer
	out.WriteString(r.Method + " " + r.URL.RequestURI() + " HTTP/1.1\r\n")
	h := make(http.Header, len(r.Header)+4)
	for name, values := range r.Header {
		if !ofConnection[name] {
			h[name] = values
		}
	}
	h.Set("Host", r.Host)
	h.Set(forwardedHeader, forwardedValue(r))
	if ws.IsUpgrade(r) {
		h["Connection"], h["Upgrade"] = r.Header["Connection"], r.Header["Upgrade"]
	}
	switch {
	case r.ContentLength > 0:
		h.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	case r.ContentLength < 0:
		h.Set("Transfer-Encoding", "chunked")
	case r.Method == http.MethodPost:
		h.Set("Content-Length", "0")
	}
	h.Write(&out) // leaves names out that are none, and line ends in values
	out.WriteString("\r\n")
	return out.Bytes()
}
