package httpapi

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"
)

// logged writes a line per request, and answers for handlers that panic.
func (s *site) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		a := &watched{ResponseWriter: w}
		defer func() {
			cause := recover()
			answered := cause == nil || s.panicked(a, r, cause)
			s.log.InfoContext(r.Context(), "request", "method", r.Method, "path", r.URL.Path,
				"status", a.status, "bytes", a.bytes, "ms", time.Since(start).Milliseconds())
			if !answered {
				panic(http.ErrAbortHandler) // a part of the answer is out: cut it off
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// panicked answers for a handler that panicked, unless it had begun to.
func (s *site) panicked(a *watched, r *http.Request, cause any) (answered bool) {
	if cause == http.ErrAbortHandler {
		return false
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if a.status != 0 {
		s.log.ErrorContext(r.Context(), "handler panicked", "method", r.Method, "path", r.URL.Path, "error", err)
		return false
	}
	s.refuse(a, r, err)
	return true
}

// watched remembers what was answered.
type watched struct {
	http.ResponseWriter
	status int // 0 = nothing yet
	bytes  int64
}

// Unwrap is for http.ResponseController.
func (a *watched) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *watched) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *watched) Write(p []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(p)
	a.bytes += int64(n)
	return n, err
}
