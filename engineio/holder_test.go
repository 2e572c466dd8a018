package engineio_test

import (
	"bufio"
	"net"
	"net/http"
)

// A holder is the heart of the wrappers below: it passes a status on at once or holds it back, as
// several routers and compressing middlewares do.
type holder struct {
	http.ResponseWriter
	holds    bool
	careless bool // writes the held status even after Hijack
	hook     func(http.Header)
	status   int
	written  bool
}

func (h *holder) WriteHeader(status int) {
	if h.hook != nil {
		h.hook(h.Header())
	}
	h.status = status
	if !h.holds {
		h.finish()
	}
}

func (h *holder) finish() {
	if !h.written && h.status != 0 {
		h.written = true
		h.ResponseWriter.WriteHeader(h.status)
	}
}

func (h *holder) Write(p []byte) (int, error) {
	h.finish()
	return h.ResponseWriter.Write(p)
}

func (h *holder) take() (net.Conn, *bufio.ReadWriter, error) {
	h.written = h.written || !h.careless
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

type (
	unwrapping struct{ *holder }
	hijacking  struct{ *holder }
	pointing   struct{ *hijacking }
	containing struct{ hijacking }
	hiding     struct{ inner *holder }
	ginlike    struct{ *holder }
	closures   struct {
		header func() http.Header
		write  func([]byte) (int, error)
		status func(int)
		hijack func() (net.Conn, *bufio.ReadWriter, error)
	}
)

func (w unwrapping) Unwrap() http.ResponseWriter                 { return w.ResponseWriter }
func (w hijacking) Hijack() (net.Conn, *bufio.ReadWriter, error) { return w.take() }
func (w hiding) Hijack() (net.Conn, *bufio.ReadWriter, error)    { return w.inner.take() }
func (w hiding) Header() http.Header                             { return w.inner.Header() }
func (w hiding) WriteHeader(status int)                          { w.inner.WriteHeader(status) }
func (w hiding) Write(p []byte) (int, error)                     { return w.inner.Write(p) }
func (w ginlike) Hijack() (net.Conn, *bufio.ReadWriter, error)   { return w.take() }
func (w ginlike) Unwrap() http.ResponseWriter                    { return w.ResponseWriter }
func (w ginlike) WriteHeaderNow()                                { w.finish() }
func (w closures) Hijack() (net.Conn, *bufio.ReadWriter, error)  { return w.hijack() }
func (w closures) Header() http.Header                           { return w.header() }
func (w closures) WriteHeader(status int)                        { w.status(status) }
func (w closures) Write(p []byte) (int, error)                   { return w.write(p) }
func (w *bareMap) Header() http.Header                           { return w.own }
func (w *bareMap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}
func (w *ownBuffer) Header() http.Header { return w.ResponseWriter.Header() }
func (w *wrongHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return w.ResponseWriter.(http.Hijacker).Hijack()
}
func (w *failingHijack) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, net.ErrClosed }
func (w *failingHijack) Unwrap() http.ResponseWriter                  { return w.ResponseWriter }

// bareMap has headers of its own, which it copies as late as it writes.
type bareMap struct {
	http.ResponseWriter
	own http.Header
}

func (w *bareMap) WriteHeader(int) {}

// ownBuffer wraps the connection and puts the 101 into a buffer of its own.
type ownBuffer struct{ http.ResponseWriter }

type countedConn struct{ net.Conn }

func (w *ownBuffer) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := http.NewResponseController(w.ResponseWriter).Hijack()
	if err != nil {
		return nil, nil, err
	}
	counted := countedConn{conn}
	return counted, bufio.NewReadWriter(rw.Reader, bufio.NewWriter(counted)), nil
}

type (
	wrongHijack   struct{ http.ResponseWriter } // panics
	failingHijack struct{ http.ResponseWriter }
)

var wrappers = map[string]func(*holder) http.ResponseWriter{
	"Unwrap":           func(h *holder) http.ResponseWriter { return unwrapping{h} },
	"Hijack":           func(h *holder) http.ResponseWriter { return hijacking{h} },
	"embedded pointer": func(h *holder) http.ResponseWriter { return pointing{&hijacking{h}} },
	"embedded struct":  func(h *holder) http.ResponseWriter { return &containing{hijacking{h}} },
	"unexported field": func(h *holder) http.ResponseWriter { return hiding{h} },
	"WriteHeaderNow":   func(h *holder) http.ResponseWriter { return ginlike{h} },
	"closures": func(h *holder) http.ResponseWriter {
		return closures{h.Header, h.Write, h.WriteHeader, h.take}
	},
}
