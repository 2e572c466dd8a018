package engineio

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"os"
	"time"
)

// forwardChunk is how much of a body is read at a time.
const forwardChunk = 32 << 10

// A sending is a body on its way to the owner. The nil one has nothing to send.
type sending struct {
	control deadliner
	done    chan struct{}
	err     error // written before done is closed
}

// send begins to send a request. What of the body is there goes with its head.
func (f *forward) send(w http.ResponseWriter, r *http.Request) *sending {
	head := forwardHead(r)
	if r.ContentLength == 0 || r.Body == nil {
		f.conn.Write(head) // an error is one of reading, too
		return nil
	}
	b := &sending{control: deadlines(w), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		if b.err = f.sendBody(head, r); b.err != nil {
			f.conn.Close()
		}
	}()
	return b
}

// errOwnerWrite marks what isn't the client's fault.
var errOwnerWrite = errors.New("engineio: write to the server that has the session")

func (f *forward) sendBody(head []byte, r *http.Request) error {
	out := bytes.NewBuffer(head)
	body := io.Writer(out)
	size := int64(forwardChunk)
	if r.ContentLength < 0 {
		body = httputil.NewChunkedWriter(out)
	} else {
		size = min(size, r.ContentLength+1)
	}
	buf := make([]byte, size)
	for {
		n, err := r.Body.Read(buf)
		body.Write(buf[:n])
		if err == io.EOF && r.ContentLength < 0 {
			out.WriteString("0\r\n\r\n")
		}
		if err != nil && err != io.EOF {
			return err
		}
		if out.Len() > 0 {
			if _, err := f.conn.Write(out.Bytes()); err != nil {
				return errors.Join(errOwnerWrite, err)
			}
			out.Reset()
		}
		if err == io.EOF {
			return nil
		}
	}
}

// failed is why the client's body couldn't be read.
func (b *sending) failed() error {
	if b == nil {
		return nil
	}
	select {
	case <-b.done:
		if !errors.Is(b.err, errOwnerWrite) {
			return b.err
		}
	default:
	}
	return nil
}

// stop waits for the end, and doesn't let it wait for the client.
func (b *sending) stop(conn net.Conn) {
	if b == nil {
		return
	}
	select {
	case <-b.done:
		return
	default:
	}
	conn.Close()
	if b.control.SetReadDeadline(time.Unix(1, 0)) == nil {
		<-b.done
	}
}

// complete waits until all of the body has been sent, which an owner that keeps the connection has
// seen already.
func (b *sending) complete() bool {
	if b == nil {
		return true
	}
	<-b.done
	return b.err == nil
}

func rejectBody(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		reject(w, r, http.StatusRequestTimeout)
	} else {
		reject(w, r, http.StatusBadRequest)
	}
}
