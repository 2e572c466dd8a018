package engineio

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/madang-chat/madang/internal/calm"
)

// A Refusal is an error of AllowRequest that says how the request is answered, on polling and on
// WebSocket. It may be wrapped; of what wraps it the client sees nothing.
type Refusal struct {
	Status     int           // 400 to 599, such as 401, 403, 429, 503; 0: 403
	RetryAfter time.Duration // told in whole seconds, rounded up; 0: not told
	Message    string        // for people; empty: the text of the status
	Err        error         // the cause: told to OnConnectionError, never to the client
}

func (r *Refusal) Error() string {
	if r == nil {
		return "<nil>"
	}
	s := fmt.Sprintf("engineio: refused with %d %s", r.status(), r.text())
	if r.Err != nil {
		s += ": " + calm.Text(r.Err)
	}
	return s
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error {
	if r == nil {
		return nil
	}
	return r.Err
}

// status is the one of the answer. A refusal stays one, whatever its number is.
func (r *Refusal) status() int {
	if r.Status < 400 || r.Status > 599 {
		return http.StatusForbidden
	}
	return r.Status
}

func (r *Refusal) text() string {
	return cmp.Or(r.Message, http.StatusText(r.status()), codeTexts[Forbidden])
}

// forbidden is the answer to what AllowRequest refused.
func (s *Server) forbidden(err error) *ConnectionError {
	e := refusal(Forbidden, "").because(err)
	if r := refusalIn(err); r != nil {
		if r.Status != 0 && r.Status != r.status() {
			s.adviseStatus(r.Status)
		}
		e.Message, e.status, e.retry = r.text(), r.status(), r.RetryAfter
		return e
	}
	_, panicked := err.(*calm.Panic) // the client isn't told of it
	if text := err.Error(); text != "" && !panicked {
		e.Message = text
	}
	return e
}

// refusalIn is nil where there is none, or where the error panics when it is asked.
func refusalIn(err error) (r *Refusal) {
	calm.Do(func() { r, _ = errors.AsType[*Refusal](err) })
	return r
}

// IsHandshake reports whether a request asks for a new connection, unlike the later ones of a
// connection that exists, and unlike the preflights of a browser: for Options.Middleware.
func IsHandshake(r *http.Request) bool {
	return r.Method == http.MethodGet && queryOf(r).sid == ""
}
