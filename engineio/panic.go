package engineio

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/ws"
)

// blame reports a panic. It is called by the deferred function that recovered.
func (s *Server) blame(where string, v any) error {
	logPanic(s.log, where, &calm.Panic{Value: v, Stack: debug.Stack()})
	return fmt.Errorf("engineio: %s panicked: %s", where, calm.Text(v))
}

// protect calls a function of the application that has nothing to return.
func (s *Server) protect(where string, f func()) { logPanic(s.log, where, calm.Do(f)) }

// rescue is deferred around the handling of a request that hasn't been answered: whoever panics
// does it before. Whoever was in the middle of something has cleaned up when it is called.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	if v := recover(); v != nil {
		e := s.failed(v)
		w.Header().Del("Content-Length")
		w.Header().Del("Content-Encoding")
		s.refuse(w, r, ws.IsUpgrade(r), e)
	}
}

// rescueMiddleware is the same around the middleware. That may panic behind the answer, so the
// status alone is written: it does no harm then.
func (s *Server) rescueMiddleware(w http.ResponseWriter, r *http.Request) {
	if v := recover(); v != nil {
		e := s.failed(v)
		w.Header().Del("Content-Length")
		w.WriteHeader(e.status)
		s.tell(e, r)
	}
}

// failed reports what a function of the application panicked with in a request.
func (s *Server) failed(v any) *ConnectionError {
	if err, ok := v.(error); ok && err == http.ErrAbortHandler {
		panic(err) // how a handler asks net/http to hang up
	}
	return broken(s.blame("a function that handles a request", v))
}

// broken is the refusal of a request in which the application failed.
func broken(err error) *ConnectionError {
	e := refusal(BadRequest, "PANIC").because(err)
	e.Message, e.status = "Internal server error", http.StatusInternalServerError
	return e
}

// observe calls a function of the observer, if there is one.
func (s *Socket) observe(f func(*Socket)) {
	if f != nil {
		s.server.protect("Observer", func() { f(s) })
	}
}

// logPanic tells of what a part of the application panicked with, if it did.
func logPanic(log *slog.Logger, what string, p *calm.Panic) {
	if p != nil {
		log.Error("engineio: "+what+" panicked", "error", p, "stack", string(p.Stack))
	}
}
