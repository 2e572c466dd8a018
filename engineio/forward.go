package engineio

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/madang-chat/madang/internal/calm"
	"github.com/madang-chat/madang/internal/layer"
	"github.com/madang-chat/madang/internal/ws"
)

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
	f.sid = queryOf(r).sid
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
		if patience, limited := s.patience(w, r); limited {
			defer time.AfterFunc(patience, f.release).Stop()
		}
		if s.leaving.Load() {
			f.releaseLater()
		}
	}
	f.conn.SetDeadline(time.Now().Add(s.answerTime(r)))
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

// answerTime is how long the owner may take to answer a request, from its beginning.
func (s *Server) answerTime(r *http.Request) time.Duration {
	switch {
	case ws.IsUpgrade(r):
		return s.opts.UpgradeTimeout
	case r.ContentLength != 0:
		return s.opts.BodyTimeout + s.silence()
	}
	return s.silence()
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
	client, ok := f.server.hijack(w, r)
	if !ok {
		return false
	}
	f.conn.SetDeadline(time.Time{})
	client.conn.SetDeadline(time.Now().Add(f.server.opts.WriteTimeout))
	_, err := client.conn.Write(client.head)
	client.conn.SetDeadline(time.Time{})
	relay := &relay{server: f.server, client: client.conn, owner: f.conn}
	if err != nil {
		f.server.tell(refusal(BadRequest, "TRANSPORT_HANDSHAKE_ERROR").because(err), r)
	}
	if err != nil || !f.server.forwards.take(relay) {
		client.conn.Close()
		return false
	}
	relay.start(client.first, in)
	return true
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
