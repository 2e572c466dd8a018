package httpapi

import (
	"io"
	"net/http"
	"time"
)

// A body has bodyPatience, and a second more for every bodyPace bytes that came.
const (
	bodyPatience = 30 * time.Second
	bodyPace     = 16 << 10
)

// paced cuts off bodies that trickle in, those included that no handler reads: the server takes
// them off the connection before it answers.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			b := &pacedBody{ReadCloser: r.Body, conn: http.NewResponseController(w), start: time.Now()}
			b.extend()
			copied := *r
			copied.Body = b
			r = &copied
		}
		next.ServeHTTP(w, r)
	})
}

// pacedBody moves the connection's deadline with what has come.
type pacedBody struct {
	io.ReadCloser
	conn  *http.ResponseController
	start time.Time
	read  int64
}

func (b *pacedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	if err == io.EOF {
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
	b.conn.SetReadDeadline(b.start.Add(bodyPatience + time.Duration(b.read/bodyPace)*time.Second))
}
