package httpapi

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strings"
	"time"

	"github.com/madang-chat/madang/chat/internal/trace"
)

// What a line holds of a request, in bytes: of a name, of a path, and of a method or an error.
const (
	hostMost = 100
	pathMost = 200
	wordMost = 20
	textMost = 1000
)

// clientGone is the status in the log, as others write it, of a request that failed when its client
// had left: what was under way for it was given up.
const clientGone = 499

// logged names each request, writes a line for it, and answers for handlers that panic.
func (s *site) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, id := trace.Begin(r)
		w.Header().Set(trace.Header, id)
		if isSocket(r) { // which log what matters, and want their connection as it is
			next.ServeHTTP(w, r)
			return
		}
		start := time.Now()
		a := &watched{ResponseWriter: w}
		defer func() {
			cause := recover()
			answered := cause == nil || s.panicked(a, r, cause)
			status := a.status
			if status >= http.StatusInternalServerError && cause == nil && r.Context().Err() != nil {
				status = clientGone
			}
			if !health(r.URL.Path) {
				s.observer.answered(r, status, time.Since(start))
			}
			level := s.level(r, status)
			if level == slog.LevelInfo && !s.spare(r.Context(), &s.lines, level, "requests") {
				level = slog.LevelDebug
			}
			s.log.Log(r.Context(), level, "request", "method", trace.Cut(r.Method, wordMost), "path", trace.Cut(r.URL.Path, pathMost),
				"status", status, "bytes", a.bytes, "ms", time.Since(start).Milliseconds())
			if !answered {
				panic(http.ErrAbortHandler) // a part of the answer is out: cut it off
			}
		}()
		next.ServeHTTP(a, r)
	})
}

// level keeps quiet about what nobody looks for and anybody can have written at any rate: the
// page's files, images, what watches the server, and refusals by a limit or for a name, which are
// told by their number.
func (s *site) level(r *http.Request, status int) slog.Level {
	_, file := s.assets[r.URL.Path]
	shown := strings.HasPrefix(r.URL.Path, "/gif/") && status < http.StatusBadRequest
	if file || shown || health(r.URL.Path) || status == http.StatusTooManyRequests || status == http.StatusMisdirectedRequest {
		return slog.LevelDebug
	}
	return slog.LevelInfo
}

// panicked answers for a handler that panicked, unless it had begun to.
func (s *site) panicked(a *watched, r *http.Request, cause any) (answered bool) {
	if cause == http.ErrAbortHandler {
		return false
	}
	err := fmt.Errorf("panic: %v\n%s", cause, debug.Stack())
	if a.status != 0 {
		s.log.ErrorContext(r.Context(), "handler panicked", "method", trace.Cut(r.Method, wordMost), "path", trace.Cut(r.URL.Path, pathMost), "error", err)
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
