package engineio

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/advice"
)

// What the developer is told about mistakes of the program around the server stands here, one
// function for each.

// adviseHijack speaks of a middleware that no WebSocket gets through.
func (s *Server) adviseHijack(writer string) {
	s.advice.Warn(s.log, "hijack", "engineio: no WebSocket gets through, because a middleware hides the connection: "+
		"give its ResponseWriter a method Unwrap or Hijack, or keep the middleware (such as http.TimeoutHandler) off this path", "writer", writer)
}

// adviseAnswered speaks of a middleware that answers in the place of the server, or turns its
// status into another.
func (s *Server) adviseAnswered(status int) {
	s.advice.Warn(s.log, "answered", "engineio: no WebSocket gets through, because a middleware has answered the request already: "+
		"let it pass the status 101 on, and write none by itself, or keep it off this path", "status", status)
}

// adviseStatus speaks of a refusal with a status that refuses nothing.
func (s *Server) adviseStatus(status int) {
	s.advice.Warn(s.log, "status", "engineio: a Refusal has a Status that refuses nothing, so 403 was sent: choose one from 400 to 599", "status", status)
}

// adviseProxy speaks of a request for a WebSocket that doesn't ask for the upgrade, though its
// sender did.
func (s *Server) adviseProxy(r *http.Request) {
	switch {
	case r.ProtoMajor >= 2:
		s.advice.Warn(s.log, "http2", "engineio: a WebSocket was asked for over "+r.Proto+", which it can't use here: "+
			"let the proxy in front use HTTP/1.1 for this path, as browsers do by themselves")
	case r.Header.Get("Sec-WebSocket-Key") != "":
		s.advice.Warn(s.log, "proxy", "engineio: a request for a WebSocket arrived without its header Upgrade: "+
			"let the proxy in front use HTTP/1.1 and pass the headers Upgrade and Connection on")
	}
}

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
	switch transport := queryOf(r).transport; e.Code {
	case UnknownSID:
		if s.opts.Elsewhere != nil || s.made(queryOf(r).sid) {
			return // the session has ended
		}
	case BadHandshakeMethod:
		if r.Method != http.MethodOptions {
			return
		}
		args = []any{"origin", advice.Short(r.Header.Get("Origin"))}
	case UnsupportedProtocolVersion:
		if queryOf(r).eio != "3" {
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

// adviseOrigin tells the developer of a page whose browser keeps the answers of a handshake from
// it. Browsers send Origin with a GET only when the page is of another one.
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
		"set Options.CORS to let it, or serve the page from here", "origin", advice.Short(origin))
}

// adviseAddress tells of what may be an attack or a proxy that hides its clients.
func (s *Server) adviseAddress(r *http.Request, address string) {
	hint := "is that your proxy? Then set Options.ClientAddress"
	if s.opts.ClientAddress != nil {
		hint = "if that is many people, raise Options.MaxPendingPerAddress"
	}
	args := []any{"address", advice.Short(address)}
	if forwarded := r.Header.Get("X-Forwarded-For"); forwarded != "" {
		args = append(args, "X-Forwarded-For", advice.Short(forwarded))
	}
	s.advice.Warn(s.log, "pending", fmt.Sprintf("engineio: %d pending handshakes from one address, further ones are refused: %s",
		s.opts.MaxPendingPerAddress, hint), args...)
}

// adviseDeadline speaks of polls that have to be answered before their time.
func (s *Server) adviseDeadline(w http.ResponseWriter, patience time.Duration) {
	s.advice.Warn(s.log, "deadline", "engineio: polling requests are answered before their time, because the HTTP server or a "+
		"middleware gives them too little: http.Server.WriteTimeout, unless the ResponseWriters of all middlewares have a method Unwrap, "+
		"http.TimeoutHandler and deadlines of the request's context have to be longer than PingInterval on this path",
		"after", patience, "writer", fmt.Sprintf("%T", w))
}

// adviseSlowBodies speaks of a middleware that takes the read deadlines away.
func (s *Server) adviseSlowBodies(w http.ResponseWriter) {
	s.advice.Warn(s.log, "deadlines", "engineio: a middleware's ResponseWriter hides the deadlines of the connection, so a slow client "+
		"can hold it for ever: give it a method Unwrap() http.ResponseWriter, or keep the middleware off this path",
		"type", fmt.Sprintf("%T", w))
}

// adviseMalformed speaks of what is no packet. Clients don't send that by accident.
func (s *Socket) adviseMalformed(err error) {
	s.server.advice.Warn(s.server.log, "malformed", "engineio: a client sent what is no Engine.IO packet and was disconnected; "+
		"it may speak another version of the protocol (see AllowEIO3), or a proxy changes what it sends",
		"error", err, "transport", s.Transport(), "revision", s.protocol)
}
