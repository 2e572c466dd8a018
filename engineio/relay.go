package engineio

import (
	"bufio"
	"io"
	"net"
	"sync"
	"time"
)

// A quiet WebSocket holds a small buffer, a busy one a large one.
const (
	relayBuffer = 2 << 10
	relayMost   = 32 << 10
)

// A relay is a WebSocket of a session that another server has: bytes go both ways, unread.
type relay struct {
	server        *Server
	client, owner net.Conn
	once          sync.Once
}

// start passes on what was read already, and then all that comes, until one side has ended.
func (r *relay) start(first []byte, in *bufio.Reader) {
	early, _ := in.Peek(in.Buffered())
	go r.server.protect("the net.Conn", func() { r.down(early) })
	go r.server.protect("the net.Conn", func() { r.up(first) })
}

// close ends both.
func (r *relay) close() {
	r.once.Do(func() {
		r.server.forwards.drop(r)
		r.owner.Close()
		r.client.Close()
	})
}

// up passes on what the client sends.
func (r *relay) up(first []byte) {
	defer r.close()
	if len(first) > 0 {
		if _, err := r.owner.Write(first); err != nil {
			return
		}
	}
	buf := make([]byte, relayBuffer)
	for {
		n, err := r.client.Read(buf)
		if n > 0 {
			if _, err := r.owner.Write(buf[:n]); err != nil {
				r.linger()
				return
			}
		}
		if err != nil {
			return
		}
		switch {
		case n == len(buf) && n < relayMost:
			buf = make([]byte, relayMost)
		case n < relayBuffer && len(buf) > relayBuffer:
			buf = make([]byte, relayBuffer)
		}
	}
}

// linger reads what the client still sends: unread input would turn the close into a reset, which
// destroys what is on its way to it.
func (r *relay) linger() {
	r.client.SetReadDeadline(time.Now().Add(lingerTimeout))
	io.Copy(io.Discard, r.client)
}

// down passes on what the owner sends.
func (r *relay) down(early []byte) {
	to := relayWriter{r}
	_, err := to.Write(early)
	if err == nil {
		_, err = io.Copy(to, r.owner)
	}
	r.owner.Close()
	half, ok := r.client.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		r.close()
		return
	}
	r.client.SetReadDeadline(time.Now().Add(lingerTimeout)) // up ends by then
}

// A relayWriter writes to the client, and waits for neither side for ever.
type relayWriter struct{ *relay }

func (w relayWriter) Write(p []byte) (int, error) {
	// The owner gives up first, and says why the session has ended.
	w.client.SetWriteDeadline(time.Now().Add(2 * w.server.opts.WriteTimeout))
	n, err := w.client.Write(p)
	w.owner.SetReadDeadline(time.Now().Add(w.server.silence()))
	return n, err
}
