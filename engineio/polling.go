package engineio

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/layer"
)

var (
	errOverlap       = errors.New("overlap from client")
	errDataOverlap   = errors.New("data request overlap from client")
	errPollAborted   = errors.New("poll connection closed prematurely")
	errDataAborted   = errors.New("data request connection closed prematurely")
	errDataSlow      = errors.New("data request took longer than BodyTimeout")
	errInvalidFormat = errors.New("invalid content")
	errUnanswered    = errors.New("a request could not be answered")
)

// A pollRequest waits for something to send. Its fields are guarded by Socket.mu.
type pollRequest struct {
	ready    chan struct{} // capacity 1
	over     bool          // the session has let the request go, with items
	held     bool          // but the application is to be told before
	items    []item
	mismatch bool // the session has moved to WebSocket meanwhile
}

func (p *pollRequest) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

func (p *pollRequest) release(items []item) {
	p.over, p.items = true, items
	p.wake()
}

// serveGet answers with the packets that wait, or waits for one.
func (s *Socket) serveGet(w http.ResponseWriter, r *http.Request) {
	p := &pollRequest{ready: make(chan struct{}, 1)}
	s.mu.Lock()
	switch {
	case s.state.Load() == stateClosed:
		s.mu.Unlock()
		s.awaitTold(w, r)
		s.server.refuse(w, r, false, refusal(UnknownSID, ""))
		return
	case s.ws != nil:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	case s.get != nil:
		s.endLocked(closing{reason: ReasonTransportError, err: errOverlap}, false, closePacket)
		s.awaitTold(w, r)
		reject(w, r, http.StatusBadRequest)
		return
	}
	s.get = p
	if s.leaving != nil {
		close(s.leaving)
		s.leaving = nil
	}
	if s.queue.Len() > 0 || s.state.Load() == stateClosing {
		p.wake()
	}
	s.mu.Unlock()
	err := errUnanswered
	defer func() {
		if err != nil { // also when a function of the application panicked
			s.lose(w, r, err)
		}
	}()

	defer s.server.untilDeadline(w, r, p.wake)()
	control := deadlines(w)
	if !s.await(p, w, r) {
		err = nil
		return
	}

	items := s.takeFor(p)
	if p.mismatch {
		err = nil
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	}
	control.SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout))
	if err = s.respond(w, r, items); err == nil {
		size := 0
		for _, it := range items {
			size += it.m.size
		}
		s.mu.Lock()
		s.written(size)
		s.mu.Unlock()
	}
}

// await waits until a poll can be answered. It reports false when its client has left.
func (s *Socket) await(p *pollRequest, w http.ResponseWriter, r *http.Request) bool {
	ended, left := r.Context().Done(), early(w, r)
	for {
		select {
		case <-p.ready:
			if s.answerable(p) {
				return true
			}
			continue
		case <-ended:
			if left, ended = departure(w), nil; left != nil {
				continue
			}
		case <-left:
		}
		s.abandon(p)
		return false
	}
}

// answerable reports whether a poll that was woken may be answered. The last one of a closing session ends it.
func (s *Socket) answerable(p *pollRequest) bool {
	s.mu.Lock()
	if !p.over && s.state.Load() == stateClosing && s.queue.Len() == 0 {
		// Clients take the close packet before the messages of the same answer, so it comes alone.
		s.endLocked(closing{reason: ReasonForcedClose}, false, noopPacket, closePacket)
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	return !p.held
}

// takeFor returns what a poll is answered with. The session lets go of it.
func (s *Socket) takeFor(p *pollRequest) []item {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.over {
		return p.items
	}
	s.get = nil
	if s.queue.Len() == 0 {
		return []item{{m: noopPacket}}
	}
	return slices.DeleteFunc(s.take().All, func(it item) bool { return it.m == nil })
}

// abandon ends the session when the client has given up the poll that it waits with. One that was let go ends nothing.
func (s *Socket) abandon(p *pollRequest) {
	s.mu.Lock()
	if s.get != p {
		s.mu.Unlock()
		return
	}
	s.endLocked(closing{reason: ReasonTransportError, err: errPollAborted}, false, closePacket)
}

// lose ends the session because a request wasn't answered, unless it has another transport by now.
func (s *Socket) lose(w http.ResponseWriter, r *http.Request, err error) {
	s.mu.Lock()
	if s.ws != nil {
		s.mu.Unlock()
		return
	}
	s.endLocked(closing{reason: ReasonTransportError, err: err}, false, closePacket)
	s.awaitTold(w, r)
}

// leaveGrace is how long a client's close packet waits for a request that left the client before it, on another connection.
const leaveGrace = 50 * time.Millisecond

// awaitGet gives a polling request that may be on its way the time to arrive, so
// that it is answered with a packet and not with an error.
func (s *Socket) awaitGet() {
	s.mu.Lock()
	if s.ws != nil || s.get != nil || s.state.Load() != stateOpen {
		s.mu.Unlock()
		return
	}
	leaving := make(chan struct{})
	s.leaving = leaving
	s.mu.Unlock()
	select {
	case <-leaving:
	case <-time.After(leaveGrace):
	}
}

// respond writes packets as the answer to a polling request.
func (s *Socket) respond(w http.ResponseWriter, r *http.Request, items []item) error {
	out := payload{v3: s.protocol == 3}
	compress := false
	for _, it := range items {
		compress = compress || !it.plain
		out.framed = out.framed || out.v3 && !s.base64 && len(it.m.attachments) > 0
	}
	for _, it := range items {
		out.message(it.m)
	}
	body := out.buf
	contentType := "text/plain; charset=UTF-8"
	if callback, ok := jsonp(r); ok {
		body = appendCallback(nil, callback, body)
		contentType = "text/javascript; charset=UTF-8"
	} else if out.framed {
		contentType = "application/octet-stream"
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	if !layer.Encodes(w, r) {
		if compress {
			body = s.server.compress(h, r, body)
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	s.server.pollingHeaders(h, r)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}

// A postRequest brings packets. Its fields are guarded by Socket.mu.
type postRequest struct {
	control *http.ResponseController
	w       http.ResponseWriter
	r       *http.Request
	reading bool          // its body is being read
	resumed chan struct{} // not nil while the answer waits for the end of a pause
}

// end lets the request go when the session ends.
func (p *postRequest) end() {
	if p.reading {
		p.control.SetReadDeadline(time.Unix(1, 0))
	}
	p.resume()
}

func (p *postRequest) resume() {
	if p.resumed != nil {
		close(p.resumed)
		p.resumed = nil
	}
}

// servePost takes packets from the client.
func (s *Socket) servePost(w http.ResponseWriter, r *http.Request) {
	p := &postRequest{control: deadlines(w), w: w, r: r, reading: true}
	octets := r.Header.Get("Content-Type") == "application/octet-stream"
	s.mu.Lock()
	switch {
	case s.state.Load() == stateClosed:
		s.mu.Unlock()
		s.awaitTold(w, r)
		s.server.refuse(w, r, false, refusal(UnknownSID, ""))
		return
	case s.ws != nil:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	case s.post != nil:
		s.endLocked(closing{reason: ReasonTransportError, err: errDataOverlap}, false, closePacket)
		s.awaitTold(w, r)
		reject(w, r, http.StatusBadRequest)
		return
	case octets && s.protocol == 4:
		s.endLocked(closing{reason: ReasonTransportError, err: errInvalidFormat}, false, closePacket)
		s.awaitTold(w, r)
		reject(w, r, http.StatusBadRequest)
		return
	}
	s.post = p
	s.mu.Unlock()
	answered := false
	defer func() {
		if !answered { // a function of the application panicked
			s.mu.Lock()
			s.post = nil
			s.mu.Unlock()
			s.lose(w, r, errUnanswered)
		}
	}()

	status := s.takeBody(w, r, p.control, octets)
	s.mu.Lock()
	s.post = nil
	s.mu.Unlock()
	p.control.SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout)) // the server's own may have passed
	if status != http.StatusOK {
		answered = true
		reject(w, r, status)
		return
	}
	keepOpen(w, r)
	h := w.Header()
	h.Set("Content-Type", "text/html")
	if !layer.Encodes(w, r) {
		h.Set("Content-Length", "2")
	}
	s.server.pollingHeaders(h, r)
	io.WriteString(w, "ok")
	answered = true
}

// reject answers without a body, and ends the connection.
func reject(w http.ResponseWriter, r *http.Request, status int) {
	hangUp(w, r)
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(status)
}

// takeBody reads the packets of a request and hands them on. It returns the status of the answer.
func (s *Socket) takeBody(w http.ResponseWriter, r *http.Request, control *http.ResponseController, octets bool) int {
	limit := s.server.opts.MaxPayload
	if r.ContentLength > limit {
		s.mu.Lock()
		s.post.reading = false
		s.mu.Unlock()
		s.server.tell(refusal(BadRequest, "TOO_LARGE").because(ErrTooLarge), r)
		return http.StatusRequestEntityTooLarge
	}
	// Past the limit MaxBytesReader keeps the connection for a moment, so that a client that still writes gets the answer.
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	tooLarge := (*http.MaxBytesError)(nil)
	s.mu.Lock()
	s.post.reading = false
	s.mu.Unlock()
	switch {
	case errors.As(err, &tooLarge):
		s.server.tell(refusal(BadRequest, "TOO_LARGE").because(ErrTooLarge), r)
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, os.ErrDeadlineExceeded) && !s.Closed():
		s.end(ReasonTransportError, errDataSlow)
		return http.StatusRequestTimeout
	case err != nil:
		if !s.Closed() {
			s.end(ReasonTransportError, errDataAborted)
		}
		return http.StatusBadRequest
	}
	control.SetReadDeadline(time.Time{}) // what arrives next is no part of the body
	if _, ok := jsonp(r); ok {
		body = formData(body)
	}
	if !s.begin() {
		return http.StatusBadRequest
	}
	defer s.done()
	switch {
	case octets || s.protocol == 3 && framedV3(body):
		err = s.takeBinaryV3(body)
	case s.protocol == 3:
		err = s.takeTextV3(wellFormed(body))
	default:
		err = s.takeText(wellFormed(body))
	}
	if err != nil {
		s.malformed(err)
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// awaitResume holds a request that brings packets while the reading is paused. It is called behind each packet, so that a
// pause takes effect inside a long payload, and behind the last one before the answer, which holds the client's next request back.
func (s *Socket) awaitResume() {
	s.mu.Lock()
	p := s.post
	if !s.paused || s.state.Load() != stateOpen || p == nil {
		s.mu.Unlock()
		return
	}
	resumed := make(chan struct{})
	p.resumed = resumed
	s.mu.Unlock()
	stay(p.w, p.r, resumed)
}

// pollingHeaders adds what every polling answer carries.
func (s *Server) pollingHeaders(h http.Header, r *http.Request) {
	h.Set("Cache-Control", "no-store")
	// Old versions of Internet Explorer see scripts in the answers.
	if agent := r.UserAgent(); strings.Contains(agent, ";MSIE") || strings.Contains(agent, "MSIE ") || strings.Contains(agent, "Trident/") {
		h.Set("X-XSS-Protection", "0")
	}
	if s.opts.Headers != nil {
		s.opts.Headers(h, r)
	}
}
