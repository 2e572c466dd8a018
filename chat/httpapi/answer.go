package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"strconv"
	"strings"
	"syscall"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/internal/trace"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/internal/clientip"
)

// handler answers a request, or returns why not and writes nothing.
type handler func(w http.ResponseWriter, r *http.Request) error

// answer sends the errors of h to the sink.
func (s *site) answer(h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(context.WithValue(r.Context(), askerKey{}, askerOf(r)))
		if err := h(w, r); err != nil {
			s.refuse(w, r, err)
		}
	})
}

// askerKey finds who a refusal counts for.
type askerKey struct{}

// asker is who a refusal counts for: the address, and the session when the request brought one. One
// that was made for the request is nobody yet: who keeps none would be a new visitor each time.
type asker struct {
	chat.Visitor
	token  string
	looked bool // its session has been looked for
}

func askerOf(r *http.Request) *asker {
	if who, ok := r.Context().Value(askerKey{}).(*asker); ok {
		return who
	}
	return &asker{Visitor: chat.Visitor{From: clientip.Network(r.RemoteAddr)}}
}

// refuse answers with an error: the page when the request asks for HTML, else JSON.
func (s *site) refuse(w http.ResponseWriter, r *http.Request, err error) {
	if lockout := s.house.Refused(askerOf(r).Visitor, err); lockout != nil {
		err = lockout
	}
	err = s.scarce(err)
	ref := s.note(r, err)
	v := s.reader(r)
	failure := wire.ErrorOf(err, v.lang, ref)
	status := wire.Status(chat.CodeOf(err))
	h := w.Header()
	if ms := failure.Error.RetryAfterMs; ms > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(float64(ms)/1000))))
	}
	if acceptsHTML(r) {
		s.show(w, r, status, v, data{View: "error", Error: &pageError{
			Code: failure.Error.Code, Message: failure.Error.Message, Status: status, Ref: ref,
			Limit: failure.Error.Limit, N: failure.Error.N, RetryAfterMs: failure.Error.RetryAfterMs,
		}})
		return
	}
	writeJSON(w, status, failure)
}

// note logs what the visitor isn't shown. The reference to an internal error is the request's id,
// which its lines have.
func (s *site) note(r *http.Request, err error) (ref string) {
	level := slog.LevelError
	e, told := errors.AsType[*chat.Error](err)
	switch {
	case told && e.Err == nil:
		return ""
	case told:
		level, err = slog.LevelWarn, fmt.Errorf("%w: %w", e, e.Err)
	default:
		ref = trace.ID(r.Context())
	}
	if r.Context().Err() != nil { // nobody waits for the answer any more
		level = slog.LevelDebug
	}
	text := err.Error()
	if level != slog.LevelError { // which brings the stack of a panic
		text = trace.Cut(text, textMost)
	}
	if level == slog.LevelWarn && !s.spare(r.Context(), &s.warnings, level, "failed requests") {
		level = slog.LevelDebug // a full disk fails every request
	}
	s.log.Log(r.Context(), level, "request failed", "method", trace.Cut(r.Method, wordMost), "path", trace.Cut(r.URL.Path, pathMost), "error", text)
	return ref
}

// scarce tells the visitor to come again when the system has no descriptor left. The log is told
// by who accepts connections, what to do too.
func (s *site) scarce(err error) error {
	if chat.CodeOf(err) != chat.Internal || !errors.Is(err, syscall.EMFILE) && !errors.Is(err, syscall.ENFILE) {
		return err
	}
	return &chat.Error{Code: chat.Unavailable, Message: "out of file descriptors", Retryable: true, Err: err}
}

// writeJSON answers with a value of ours; an error of the connection has no reader.
func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Errorf("encode %T: %w", v, err))
	}
	h := w.Header()
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(append(body, '\n'))
}

func plain(w http.ResponseWriter, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	io.WriteString(w, text)
}

// seeOther sends a browser on. The address is one of ours.
func seeOther(w http.ResponseWriter, path string) {
	w.Header().Set("Location", path)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusSeeOther)
}

func acceptsHTML(r *http.Request) bool { return accepts(r, "text/html") }

func accepts(r *http.Request, media string) bool {
	for _, line := range r.Header.Values("Accept") {
		if strings.Contains(strings.ToLower(line), media) {
			return true
		}
	}
	return false
}

// wantsForm tells whether a form was sent that expects the answer to a form: it goes on to a page
// or says "ok". A script that sends a form asks for JSON.
func wantsForm(r *http.Request) bool {
	kind := contentType(r)
	return (kind == formType || kind == multipartType) && !accepts(r, "application/json")
}
