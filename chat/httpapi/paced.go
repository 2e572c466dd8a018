package httpapi

import (
	"io"
	"net/http"
	"time"
)

const (
	// patience is what a body has, and an answer.
	patience = 30 * time.Second
	// bodyPace is the bytes for which a body has a second more. It is what a bad phone line sends:
	// the slowest image of 5 MiB holds its part of the quotas for eleven minutes.
	bodyPace = 8 << 10
	// answerPace is that of an answer. A browser loads six images at once, so each of them has a
	// sixth of the line. It holds nothing but its connection, of which an address has few.
	answerPace = 4 << 10
	// piece is what is written at once.
	piece = 16 << 10
)

// paced cuts off bodies that trickle in, those included that no handler reads: the server takes
// them off the connection before it answers. And it cuts off who doesn't read the answer. Sockets
// have deadlines of their own.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := http.NewResponseController(w)
		if r.ProtoMajor > 1 {
			// That of the server ends a request by HTTP/2 although nothing is written yet, however
			// long its body may take.
			conn.SetWriteDeadline(time.Time{})
		}
		if isSocket(r) {
			next.ServeHTTP(w, r)
			return
		}
		answer := &pacedAnswer{ResponseWriter: w, conn: conn}
		if r.Body != nil && r.ContentLength != 0 { // by HTTP/2 no body isn't http.NoBody
			answer.body = &pacedBody{ReadCloser: r.Body, conn: conn, start: time.Now()}
			answer.body.extend()
			copied := *r
			copied.Body = answer.body
			r = &copied
		}
		next.ServeHTTP(answer, r)
	})
}

// pacedBody moves the connection's deadline with what has come.
type pacedBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	start time.Time
	read  int64
	ended bool
}

func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err == io.EOF {
		b.ended = true
		// While the handler runs the server waits for the client to go away, for as long as it
		// takes.
		b.conn.SetReadDeadline(time.Time{})
	} else if err == nil {
		b.extend()
	}
	return n, err
}

// extend sets the deadline. It fails for writers without a connection alone.
func (b *pacedBody) extend() {
	b.conn.SetReadDeadline(b.deadline())
}

func (b *pacedBody) deadline() time.Time {
	return b.start.Add(patience + time.Duration(b.read/bodyPace)*time.Second)
}

// pacedAnswer moves the connection's deadline with what is written, which the server does in
// pieces: one that the client doesn't take is the last.
type pacedAnswer struct {
	http.ResponseWriter
	conn  *http.ResponseController
	body  *pacedBody // nil = none
	start time.Time  // of the answer; zero = nothing yet
	wrote int64
}

// Unwrap is for http.ResponseController.
func (a *pacedAnswer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *pacedAnswer) WriteHeader(status int) {
	a.extend()
	a.ResponseWriter.WriteHeader(status)
}

func (a *pacedAnswer) Write(p []byte) (int, error) {
	all := len(p)
	for len(p) > 0 {
		a.extend()
		n, err := a.ResponseWriter.Write(p[:min(piece, len(p))])
		a.wrote += int64(n)
		p = p[n:]
		if err != nil {
			return all - len(p), err
		}
	}
	return all, nil
}

// extend gives what is written next as long as all of it has left, and patience at most: the system
// takes megabytes at once for a client that takes nothing.
func (a *pacedAnswer) extend() {
	now := time.Now()
	if a.start.IsZero() {
		a.start = now
		if a.body != nil && !a.body.ended { // the server reads it first
			a.start = a.body.deadline()
		}
	}
	if now.Before(a.start) {
		now = a.start
	}
	end := a.start.Add(patience + time.Duration(a.wrote/answerPace)*time.Second)
	if last := now.Add(patience); last.Before(end) {
		end = last
	}
	a.conn.SetWriteDeadline(end)
}
