package engineio

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/layer"
	"github.com/madang-chat/madang/internal/ws"
)

// forwardChunk is how much of a body is read at a time.
const forwardChunk = 32 << 10

var errOwnerSilent = errors.New("engineio: nothing has come from the server that has the session")

// A forward is a request that another server answers. Bytes alone are passed: the request as it
// came, and then the answer, or both directions of a WebSocket.
type forward struct {
	server   *Server
	conn     net.Conn
	dial     dialer
	here     http.Handler
	sid      string
	poll     bool
	released atomic.Bool
}

// serve answers with what the owner says, and returns its status, 0 when there is none.
func (f *forward) serve(w http.ResponseWriter, r *http.Request) (status int) {
	s := f.server
	f.sid = r.URL.Query().Get("sid")
	f.poll = r.Method == http.MethodGet && !ws.IsUpgrade(r)
	kept := false
	defer func() {
		if !kept {
			f.conn.Close()
		}
	}()
	if !s.forwards.hold(f) {
		s.refuseShared(w, r, shuttingDown())
		return 0
	}
	defer s.forwards.free(f)
	if f.poll {
		defer s.untilDeadline(w, r, f.release)()
		if s.leaving.Load() {
			f.releaseLater()
		}
		f.conn.SetReadDeadline(time.Now().Add(s.silence()))
	}
	body := f.send(w, r)
	defer body.stop(f.conn)
	stop := f.watch(w, r)
	in := readers.Get().(*bufio.Reader)
	in.Reset(f.conn)
	answer, err := http.ReadResponse(in, r)
	left := stop()
	switch {
	case left:
	case err != nil && body.failed() != nil:
		rejectBody(w, r, body.failed())
	case err != nil:
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = errOwnerSilent
		}
		body.stop(f.conn)
		s.lostOwner(w, r, f.here, err)
	case answer.StatusCode == http.StatusSwitchingProtocols:
		kept = f.upgrade(w, r, answer, in)
		return answer.StatusCode
	default:
		f.answer(w, r, answer, body)
		status = answer.StatusCode
	}
	in.Reset(nil)
	readers.Put(in)
	return status
}

var readers = sync.Pool{New: func() any { return bufio.NewReader(nil) }}

// silence is how long a live session's server may say nothing: by then it has sent a heartbeat, or
// the client has given up.
func (s *Server) silence() time.Duration {
	return s.opts.PingInterval + s.opts.PingTimeout + s.opts.WriteTimeout
}

// watch ends the request when its client leaves. Stop tells whether it has left.
func (f *forward) watch(w http.ResponseWriter, r *http.Request) (stop func() (left bool)) {
	over, done := make(chan struct{}), make(chan struct{})
	left := false
	watch := func() {
		defer close(done)
		stay(w, r, over)
		select {
		case <-over:
		default:
			left = true
			f.conn.Close()
		}
	}
	end := func() bool { return false }
	if r.Context().Done() == nil {
		go watch()
	} else {
		end = context.AfterFunc(calm.Context(r.Context()), watch)
	}
	return func() bool {
		close(over)
		if !end() {
			<-done // it mustn't use the request behind its end
		}
		return left
	}
}

// A sending is a body on its way to the owner. The nil one has nothing to send.
type sending struct {
	control *http.ResponseController
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

// answer passes an answer on.
func (f *forward) answer(w http.ResponseWriter, r *http.Request, answer *http.Response, body *sending) {
	encoded := layer.Encodes(w, r)
	passHeader(w.Header(), answer.Header)
	if encoded {
		w.Header().Del("Content-Length")
	}
	switch {
	case answer.Close || !body.complete():
		hangUp(w, r)
	case body != nil:
		keepOpen(w, r)
	}
	deadlines(w).SetWriteDeadline(time.Now().Add(f.server.opts.WriteTimeout))
	w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(w, answer.Body); err != nil {
		panic(http.ErrAbortHandler) // half of an answer mustn't look like a whole one
	}
}

// upgrade makes both connections one. It reports whether that worked.
func (f *forward) upgrade(w http.ResponseWriter, r *http.Request, answer *http.Response, in *bufio.Reader) bool {
	passHeader(w.Header(), answer.Header)
	w.Header()["Connection"], w.Header()["Upgrade"] = answer.Header["Connection"], answer.Header["Upgrade"]
	client, first, ok := f.server.hijack(w, r)
	if !ok {
		return false
	}
	relay := &relay{server: f.server, client: client, owner: f.conn}
	if !f.server.forwards.take(relay) {
		client.Close()
		return false
	}
	relay.start(first, in)
	return true
}

// ofConnection are headers of one connection, not of what is said on it.
var ofConnection = map[string]bool{
	"Connection": true, "Keep-Alive": true, "Proxy-Connection": true, "Te": true, "Trailer": true, "Transfer-Encoding": true,
	"Upgrade": true, "Expect": true, "Content-Length": true, forwardedHeader: true,
}

// passHeader keeps what a middleware in front has set, unless the owner says otherwise.
func passHeader(to, from http.Header) {
	for name, values := range from {
		switch {
		case name == "Content-Length":
			to[name] = values
		case ofConnection[name]:
		case name == "Set-Cookie" || name == "Vary":
			to[name] = append(to[name], values...)
		default:
			to[name] = values
		}
	}
}

// forwardHead is the head of a request for its owner.
func forwardHead(r *http.Request) []byte {
	var out bytes.Buffer
	out.WriteString(r.Method + " " + r.URL.RequestURI() + " HTTP/1.1\r\n")
	h := make(http.Header, len(r.Header)+4)
	for name, values := range r.Header {
		if !ofConnection[name] {
			h[name] = values
		}
	}
	h.Set("Host", r.Host)
	h.Set(forwardedHeader, forwardedValue(r))
	if ws.IsUpgrade(r) {
		h["Connection"], h["Upgrade"] = r.Header["Connection"], r.Header["Upgrade"]
	}
	switch {
	case r.ContentLength > 0:
		h.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	case r.ContentLength < 0:
		h.Set("Transfer-Encoding", "chunked")
	case r.Method == http.MethodPost:
		h.Set("Content-Length", "0")
	}
	h.Write(&out) // leaves names out that are none, and line ends in values
	out.WriteString("\r\n")
	return out.Bytes()
}

// release asks the owner to answer the poll. It doesn't wait.
func (f *forward) release() {
	if !f.poll || f.released.Swap(true) {
		return
	}
	go f.sendRelease()
}

func (f *forward) sendRelease() {
	ctx, cancel := context.WithTimeout(context.Background(), f.server.opts.WriteTimeout)
	defer cancel()
	conn, err := f.dial(ctx)
	if err != nil {
		return
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(f.server.opts.WriteTimeout))
	head := "POST " + f.server.opts.Path + "?sid=" + url.QueryEscape(f.sid) + " HTTP/1.1\r\nHost: madang\r\n" +
		"Content-Length: 0\r\n" + forwardedHeader + ": " + forwardedRelease + "\r\n\r\n"
	if _, err := io.WriteString(conn, head); err == nil {
		io.ReadFull(conn, make([]byte, 1)) // it has been done
	}
}

// releaseLater is release for a poll that may be on its way.
func (f *forward) releaseLater() { time.AfterFunc(leavingTime, f.release) }
