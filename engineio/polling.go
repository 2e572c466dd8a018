package engineio

import (
	"bytes"
	"errors"
	"io"
	"net/http"
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
	errInvalidFormat = errors.New("invalid content")
)

// A pollRequest waits for something to send. Its fields are guarded by Socket.mu.
type pollRequest struct {
	ready    chan struct{} // capacity 1
	over     bool          // the session has let the request go, with items
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
		s.server.refuse(w, r, false, refusal(UnknownSID, ""))
		return
	case s.ws != nil:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	case s.get != nil:
		s.mu.Unlock()
		s.end(ReasonTransportError, errOverlap)
		w.WriteHeader(http.StatusBadRequest)
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

	defer s.server.untilDeadline(w, r, p.wake)()
	control := http.NewResponseController(w)
	select {
	case <-p.ready:
	case <-r.Context().Done():
		s.end(ReasonTransportError, errPollAborted)
		return
	}

	s.mu.Lock()
	items, closes := p.items, false
	if !p.over {
		s.get = nil
		if s.queue.Len() > 0 {
			items = slices.DeleteFunc(s.take().All, func(it item) bool { return it.m == nil })
		} else {
			items = append(items, item{m: noopPacket})
			// Clients take the close packet before the messages of the same answer, so it comes alone.
			if closes = s.state.Load() == stateClosing; closes {
				items = append(items, item{m: closePacket})
			}
		}
	}
	s.mu.Unlock()
	if p.mismatch {
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	}
	control.SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout))
	err := s.respond(w, r, items)
	switch {
	case closes:
		s.end(ReasonForcedClose, nil)
	case err != nil:
		s.end(ReasonTransportError, err)
	default:
		size := 0
		for _, it := range items {
			size += it.m.size
		}
		s.mu.Lock()
		s.written(size)
		s.mu.Unlock()
	}
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
	gone    <-chan struct{} // closed when the client has left
	reading bool            // its body is being read
	resumed chan struct{}   // not nil while the answer waits for the end of a pause
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
	p := &postRequest{control: http.NewResponseController(w), gone: r.Context().Done(), reading: true}
	octets := r.Header.Get("Content-Type") == "application/octet-stream"
	s.mu.Lock()
	switch {
	case s.state.Load() == stateClosed:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(UnknownSID, ""))
		return
	case s.ws != nil:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return
	case s.post != nil:
		s.mu.Unlock()
		s.end(ReasonTransportError, errDataOverlap)
		reject(w, http.StatusBadRequest)
		return
	case octets && s.protocol == 4:
		s.mu.Unlock()
		s.end(ReasonTransportError, errInvalidFormat)
		reject(w, http.StatusBadRequest)
		return
	}
	s.post = p
	s.mu.Unlock()

	status := s.takeBody(w, r, octets)
	s.mu.Lock()
	s.post = nil
	s.mu.Unlock()
	p.control.SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout)) // the server's own may have passed
	if status != http.StatusOK {
		reject(w, status)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html")
	if !layer.Encodes(w, r) {
		h.Set("Content-Length", "2")
	}
	s.server.pollingHeaders(h, r)
	io.WriteString(w, "ok")
}

// reject answers a request whose body may not have been read: without the header
// net/http would read the rest before it sends anything.
func reject(w http.ResponseWriter, status int) {
	w.Header().Set("Connection", "close")
	w.WriteHeader(status)
}

// takeBody reads the packets of a request and hands them on. It returns the status of the answer.
func (s *Socket) takeBody(w http.ResponseWriter, r *http.Request, octets bool) int {
	limit := s.server.opts.MaxPayload
	if r.ContentLength > limit {
		limit = 0 // refused at the first byte
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
	case err != nil:
		if !s.Closed() {
			s.end(ReasonTransportError, errDataAborted)
		}
		return http.StatusBadRequest
	}
	if _, ok := jsonp(r); ok {
		body = formData(body)
	}
	if !s.begin() {
		return http.StatusBadRequest
	}
	defer s.done()
	switch {
	case octets:
		err = s.takeBinaryV3(body)
	case s.protocol == 3:
		err = s.takeTextV3(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	default:
		err = s.takeText(bytes.ToValidUTF8(body, []byte("\uFFFD")))
	}
	if err != nil {
		s.end(ReasonParseError, err)
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
	select {
	case <-resumed:
	case <-p.gone:
	}
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
