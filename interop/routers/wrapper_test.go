package routers

import (
	"bufio"
	"net"
	"net/http"
)

// wrapperRows are the shapes that home-made middlewares have.
func wrapperRows() []row {
	around := func(wrap func(http.ResponseWriter) http.ResponseWriter) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w = wrap(w)
				io.ServeHTTP(w, r)
				if l, ok := w.(*lazy); ok {
					l.flush()
				}
			})
		}
	}
	return []row{
		{name: "own middleware: Unwrap", front: around(func(w http.ResponseWriter) http.ResponseWriter {
			return &unwrapping{recorder{ResponseWriter: w}}
		})},
		{name: "own middleware: Hijack", front: around(func(w http.ResponseWriter) http.ResponseWriter {
			return &hijacking{recorder{ResponseWriter: w}}
		})},
		{name: "own middleware: late status", logs: []string{belated}, front: around(func(w http.ResponseWriter) http.ResponseWriter {
			return &lazy{w, 0}
		})},
		{name: "own middleware: neither", noWebSocket: true, logs: []string{hidden}, front: around(func(w http.ResponseWriter) http.ResponseWriter {
			return &recorder{ResponseWriter: w}
		})},
	}
}

// A recorder is what people write to log the status of answers.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

type unwrapping struct{ recorder }

func (u *unwrapping) Unwrap() http.ResponseWriter { return u.ResponseWriter }

type hijacking struct{ recorder }

func (h *hijacking) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// A lazy one passes the status on with the first byte of the body or at the end, as compressing
// middlewares do.
type lazy struct {
	http.ResponseWriter
	status int
}

func (l *lazy) WriteHeader(status int) { l.status = status }

func (l *lazy) Write(p []byte) (int, error) {
	l.flush()
	return l.ResponseWriter.Write(p)
}

func (l *lazy) flush() {
	if l.status != 0 {
		l.ResponseWriter.WriteHeader(l.status)
		l.status = 0
	}
}

func (l *lazy) Unwrap() http.ResponseWriter { return l.ResponseWriter }
