package engineio

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

var (
	errDataOverlap   = errors.New("data request overlap from client")
	errDataAborted   = errors.New("data request connection closed prematurely")
	errDataSlow      = errors.New("data request took longer than BodyTimeout")
	errInvalidFormat = errors.New("invalid content")
)

// A postRequest brings packets. Its fields are guarded by Socket.mu.
type postRequest struct {
	control deadliner
	w       http.ResponseWriter
	r       *http.Request
	reading bool          // its body is being read
	resumed chan struct{} // not nil while the answer waits for the end of a pause
}

// end lets the request go when the session ends. It reports whether its body is still being read:
// then interrupt is due, outside of mu, as the ResponseWriter may be the application's.
func (p *postRequest) end() (reading bool) {
	p.resume()
	return p.reading
}

// interrupt ends the reading of a body.
func (s *Socket) interrupt(p *postRequest) {
	s.server.protect("ResponseWriter.SetReadDeadline", func() { p.control.SetReadDeadline(time.Unix(1, 0)) })
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
	octets := first(r.Header, "Content-Type") == "application/octet-stream"
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
			s.lose(w, r, errUnanswered)
		}
	}()

	status := s.takeBody(p, octets)
	if status != http.StatusOK {
		answered = true
		reject(w, r, status)
		return
	}
	keepOpen(w, r)
	s.server.pollingHeaders(w.Header(), r, html, len("ok"))
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
func (s *Socket) takeBody(p *postRequest, octets bool) int {
	defer func() {
		s.mu.Lock()
		s.post = nil
		s.mu.Unlock()
	}()
	r, limit := p.r, s.server.opts.MaxPayload
	if r.ContentLength > limit {
		s.mu.Lock()
		p.reading = false
		s.mu.Unlock()
		s.server.tell(refusal(BadRequest, "TOO_LARGE").because(ErrTooLarge), r)
		return http.StatusRequestEntityTooLarge
	}
	memory := borrow()
	defer memory.giveBack()
	err := memory.read(r.Body, limit)
	s.mu.Lock()
	p.reading = false
	s.mu.Unlock()
	switch {
	case err == ErrTooLarge:
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
	body := memory.buf
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

// awaitResume holds a request that brings packets while the reading is paused. It is called behind
// each packet, so that a pause takes effect inside a long payload, and behind the last one before
// the answer, which holds the client's next request back.
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
	p.control.SetReadDeadline(time.Time{}) // that of the body, which has come
	stay(p.w, p.r, resumed)
}
