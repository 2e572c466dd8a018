package engineio

import (
	"net/http"
)

// adviseHijack speaks of a middleware that no WebSocket gets through.
func (s *Server) adviseHijack(writer string) {
	s.advice.Warn(s.log, "hijack", "engineio: no WebSocket gets through, because a middleware hides the connection: "+
		"give its ResponseWriter a method Unwrap or Hijack, or keep the middleware (such as http.TimeoutHandler) off this path", "writer", writer)
}

// adviseAnswered speaks of a middleware that answers in the place of the server, or turns its status into another.
func (s *Server) adviseAnswered(status int) {
	s.advice.Warn(s.log, "answered", "engineio: no WebSocket gets through, because a middleware has answered the request already: "+
		"let it pass the status 101 on, and write none by itself, or keep it off this path", "status", status)
}

// adviseProxy speaks of a request for a WebSocket that doesn't ask for the upgrade, though its sender did.
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
