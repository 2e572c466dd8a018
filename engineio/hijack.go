package engineio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"time"

	"github.com/madang-chat/madang/internal/layer"
)

// A taken connection is one that left the HTTP server.
type taken struct {
	conn  net.Conn
	first []byte // what the client has sent behind its request
	head  []byte // of the answer, still to be sent; empty when that has been done
}

// hijack answers with 101 and takes the connection over; or it refuses. WriteHeader comes first
// where there are wrappers, because they add headers in theirs; those that hold the status back are
// got round (docs/decisions/hijack.md).
func (s *Server) hijack(w http.ResponseWriter, r *http.Request) (t taken, ok bool) {
	stack := layer.Of(w)
	if writer := inTheWay(w, stack); writer != "" {
		s.adviseHijack(writer)
		err := fmt.Errorf("the ResponseWriter %s can't be hijacked", writer)
		s.refuse(w, r, true, refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err))
		return taken{}, false
	}
	for _, name := range noBody {
		w.Header().Del(name) // of middleware that expects a body
	}
	bare := stack.Bare()
	if !bare {
		w.WriteHeader(http.StatusSwitchingProtocols)
		stack.Push(http.StatusSwitchingProtocols)
	}
	conn, buffered, err := takeOver(w)
	if err != nil {
		s.adviseHijack(fmt.Sprintf("%T", w))
		s.tell(refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err), r)
		cut(w, err)
		return taken{}, false
	}
	err = s.flush(conn, buffered)
	if stack == nil {
		stack = layer.Behind(buffered)
	}
	switch status := stack.Status(); {
	case err != nil:
	case status != 0 && status != http.StatusSwitchingProtocols:
		s.adviseAnswered(status)
		err = fmt.Errorf("middleware has answered with status %d", status)
	case bare:
		t.head = switching(w.Header())
	case !wrote(stack, r):
		t.head = switching(merged(stack.Header(), w.Header()))
	}
	if err != nil {
		conn.Close()
		s.tell(refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err), r)
		return taken{}, false
	}
	conn.SetDeadline(time.Time{})
	t.conn, t.first = conn, unread(buffered)
	return t, true
}

// inTheWay is the type of the writer that hides the connection, found before anything is written
// that can't be taken back. It looks for what http.ResponseController will use.
func inTheWay(w http.ResponseWriter, stack layer.Stack) string {
	if stack.Buffered() {
		return layer.TimeoutWriter
	}
	for inner := range layer.Unwrapped(w) {
		if _, ok := inner.(http.Hijacker); ok {
			return ""
		}
		w = inner
	}
	return fmt.Sprintf("%T", w)
}

// takeOver calls Hijack. That of a wrapper may panic when the one below has none.
func takeOver(w http.ResponseWriter) (conn net.Conn, buffered *bufio.ReadWriter, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("hijack the connection: %v", v)
		}
	}()
	conn, buffered, err = http.NewResponseController(w).Hijack()
	if err == nil && conn == nil {
		err = errors.New("hijack the connection: there is none")
	}
	return conn, buffered, err
}

// cut ends the connection of a request that was answered with 101 and can't keep to it: the client
// would wait for ever.
func cut(w http.ResponseWriter, err error) {
	if errors.Is(err, http.ErrHijacked) {
		return // it belongs to somebody else
	}
	if http.NewResponseController(w).SetWriteDeadline(time.Unix(1, 0)) != nil {
		panic(http.ErrAbortHandler)
	}
}

// wrote reports whether the 101 was sent by the HTTP server: net/http does that in Hijack if it has
// the status, others leave it to whoever hijacks.
func wrote(stack layer.Stack, r *http.Request) bool {
	wrote, known := stack.Wrote()
	return wrote || !known && r.Context().Value(http.ServerContextKey) != nil
}

// flush sends what a wrapper has written into the buffer of the connection.
func (s *Server) flush(conn net.Conn, buffered *bufio.ReadWriter) error {
	if buffered == nil || buffered.Writer == nil || buffered.Writer.Buffered() == 0 {
		return nil
	}
	conn.SetDeadline(time.Now().Add(s.opts.WriteTimeout))
	return buffered.Writer.Flush()
}

// unread is what came behind the request.
func unread(buffered *bufio.ReadWriter) []byte {
	if buffered == nil || buffered.Reader == nil || buffered.Reader.Buffered() == 0 {
		return nil
	}
	first := make([]byte, buffered.Reader.Buffered())
	io.ReadFull(buffered.Reader, first)
	return first
}

// noBody are headers that an answer without a body doesn't have.
var noBody = []string{"Content-Encoding", "Content-Length", "Transfer-Encoding"}

// merged is the header of an answer: that of wrappers counts more than the one below.
func merged(below, header http.Header) http.Header {
	maps.Copy(below, header)
	for _, name := range noBody {
		below.Del(name)
	}
	return below
}

// switching is what net/http would have sent.
func switching(header http.Header) []byte {
	out := bytes.NewBuffer(make([]byte, 0, headRoom))
	out.WriteString("HTTP/1.1 101 Switching Protocols\r\n")
	if _, ok := header["Date"]; !ok {
		out.Write(time.Now().UTC().AppendFormat([]byte("Date: "), http.TimeFormat))
		out.WriteString("\r\n")
	}
	header.Write(out) // leaves names out that are none, and line ends in values
	out.WriteString("\r\n")
	return out.Bytes()
}

// headRoom is enough for most answers.
const headRoom = 256
