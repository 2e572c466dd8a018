package engineio

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// refusalAdvice is what a developer can do about refusals, by their code.
var refusalAdvice = map[Code]struct{ key, msg string }{
	UnknownSID: {"sid", "engineio: a request came for a session that this process doesn't know: with several processes all requests of a client " +
		"must reach the same one (sticky sessions); after a restart it is normal"},
	BadHandshakeMethod:         {"preflight", "engineio: a browser asks whether a page of another origin may use the server: set Options.CORS to let it"},
	UnsupportedProtocolVersion: {"version", "engineio: a client of Socket.IO 1 or 2 was refused: set Options.AllowEIO3 to admit it, or update the client"},
	UnknownTransport:           {"transport", "engineio: a client asks for a transport that Options.Transports doesn't offer: give both the same list"},
}

// adviseRefusal tells the developer of a refusal that a setting cures.
func (s *Server) adviseRefusal(e *ConnectionError, r *http.Request) {
	a, ok := refusalAdvice[e.Code]
	if !ok {
		return
	}
	var args []any
	switch transport := r.URL.Query().Get("transport"); e.Code {
	case UnknownSID:
		if s.made(r.URL.Query().Get("sid")) {
			return // the session has ended here
		}
	case BadHandshakeMethod:
		if r.Method != http.MethodOptions {
			return
		}
		args = []any{"origin", short(r.Header.Get("Origin"))}
	case UnsupportedProtocolVersion:
		if r.URL.Query().Get("EIO") != "3" {
			return // somebody looks what is here
		}
	case UnknownTransport:
		if !slices.Contains([]string{Polling, WebSocket, "webtransport"}, transport) {
			return
		}
		args = []any{"transport", transport}
	}
	s.advice.Warn(s.log, a.key, a.msg, args...)
}

// adviseOrigin tells the developer of a page whose browser keeps the answers of a handshake from it. Browsers send Origin with a GET only when
// the page is of another one.
func (s *Server) adviseOrigin(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" || s.opts.CORS != nil || s.opts.Headers != nil || s.opts.InitialHeaders != nil || r.Method != http.MethodGet ||
		r.Header.Get("Sec-Fetch-Site") == "same-origin" || w.Header().Get("Access-Control-Allow-Origin") != "" {
		return
	}
	if u, err := url.Parse(origin); err == nil && strings.EqualFold(u.Host, r.Host) {
		return
	}
	s.advice.Warn(s.log, "origin", "engineio: a page of another origin asked for a session, and its browser will keep the answer from it: "+
		"set Options.CORS to let it, or serve the page from here", "origin", short(origin))
}

// short cuts what a client sent to what a log line bears.
func short(text string) string {
	if len(text) > 100 {
		return strings.ToValidUTF8(text[:100], "") + "…"
	}
	return text
}
