package engineio

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/layer"
	"github.com/madang-chat/madang/internal/outbox"
)

var (
	errOverlap     = errors.New("overlap from client")
	errPollAborted = errors.New("poll connection closed prematurely")
	errUnanswered  = errors.New("a request could not be answered")
)

// A pollRequest waits for something to send, or has it already. Its fields are guarded by Socket.mu
// until taken is set.
type pollRequest struct {
	ready    chan struct{} // capacity 1
	over     bool          // the session has let the request go, with items
	held     bool          // but the application is to be told before
	items    []item
	mismatch bool                // the session has moved to WebSocket meanwhile
	taken    *outbox.Items[item] // what it is answered with
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
	p := s.claim(w, r)
	if p == nil {
		return
	}
	err := errUnanswered
	defer func() {
		if err != nil { // also when a function of the application panicked
			s.lose(w, r, err)
		}
	}()
	if p.taken == nil && !s.await(p, w, r) {
		err = nil // nobody is left to be answered
		return
	}
	err = s.answer(p, w, r)
}

// claim takes what waits for a request, or makes it the one that waits. It returns nil when it has
// refused it.
func (s *Socket) claim(w http.ResponseWriter, r *http.Request) *pollRequest {
	s.mu.Lock()
	switch {
	case s.state.Load() == stateClosed:
		s.mu.Unlock()
		s.awaitTold(w, r)
		s.server.refuse(w, r, false, refusal(UnknownSID, ""))
		return nil
	case s.ws != nil:
		s.mu.Unlock()
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return nil
	case s.get != nil:
		s.endLocked(closing{reason: ReasonTransportError, err: errOverlap}, false, closePacket)
		s.awaitTold(w, r)
		reject(w, r, http.StatusBadRequest)
		return nil
	}
	defer s.mu.Unlock()
	if s.leaving != nil {
		close(s.leaving)
		s.leaving = nil
	}
	if s.queue.Len() > 0 {
		return &pollRequest{taken: s.takePackets()}
	}
	s.get = &pollRequest{ready: make(chan struct{}, 1)}
	if s.state.Load() == stateClosing {
		s.get.wake()
	}
	return s.get
}

// await waits until a poll can be answered. It reports false when its client has left.
func (s *Socket) await(p *pollRequest, w http.ResponseWriter, r *http.Request) bool {
	if patience, limited := s.server.patience(w, r); limited {
		defer time.AfterFunc(patience, p.wake).Stop()
	}
	ended, left := r.Context().Done(), early(w, r)
	for {
		select {
		case <-p.ready:
			if s.takeFor(p) {
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

// takeFor takes what a poll that was woken is answered with. It reports false when the answer has
// to wait. The last poll of a closing session ends it.
func (s *Socket) takeFor(p *pollRequest) bool {
	s.mu.Lock()
	if !p.over && s.state.Load() == stateClosing && s.queue.Len() == 0 {
		// Clients take the close packet before the messages of the same answer, so it comes alone.
		s.endLocked(closing{reason: ReasonForcedClose}, false, noopPacket, closePacket)
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	switch {
	case p.held:
		return false
	case p.over:
		p.taken = &outbox.Items[item]{All: p.items}
		return true
	case s.queue.Len() == 0:
		p.taken = &outbox.Items[item]{All: []item{{m: noopPacket}}}
	default:
		p.taken = s.takePackets()
	}
	s.get = nil // the session lets go of it
	return true
}

// takePackets is take for a poll.
func (s *Socket) takePackets() *outbox.Items[item] {
	taken := s.take()
	taken.All = slices.DeleteFunc(taken.All, func(it item) bool { return it.m == nil })
	return taken
}

// answer sends what was taken for a poll.
func (s *Socket) answer(p *pollRequest, w http.ResponseWriter, r *http.Request) error {
	if p.mismatch {
		s.server.refuse(w, r, false, refusal(BadRequest, "TRANSPORT_MISMATCH"))
		return nil
	}
	deadlines(w).SetWriteDeadline(time.Now().Add(s.server.opts.WriteTimeout))
	if err := s.respond(w, r, p.taken.All); err != nil {
		return err
	}
	size := 0
	for _, it := range p.taken.All {
		size += it.m.size
	}
	queued.Put(p.taken)
	s.mu.Lock()
	s.written(size)
	s.mu.Unlock()
	return nil
}

// abandon ends the session when the client has given up the poll that it waits with. One that was
// let go ends nothing.
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

// leaveGrace is how long a client's close packet waits for a request that left the client before
// it, on another connection.
const leaveGrace = 50 * time.Millisecond

// awaitGet gives a polling request that may be on its way the time to arrive, so that it is
// answered with a packet and not with an error.
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
	memory := borrow()
	defer memory.giveBack()
	out := payload{v3: s.protocol == 3, buf: memory.buf}
	compress := false
	for _, it := range items {
		compress = compress || !it.plain
		out.framed = out.framed || out.v3 && !s.base64 && len(it.m.attachments) > 0
	}
	for _, it := range items {
		out.message(it.m)
	}
	memory.buf = out.buf
	body := out.buf
	contentType := plainText
	if callback, ok := jsonp(r); ok {
		body = appendCallback(nil, callback, body)
		contentType = javaScript
	} else if out.framed {
		contentType = octetStream
	}
	length := unknownLength
	if !layer.Encodes(w, r) {
		if compress {
			body = s.server.compress(w.Header(), r, body)
		}
		length = len(body)
	}
	s.server.pollingHeaders(w.Header(), r, contentType, length)
	w.WriteHeader(http.StatusOK)
	_, err := w.Write(body)
	return err
}

const (
	// unknownLength is that of an answer which a middleware changes.
	unknownLength = -1
	// impliedLength is the longest of which net/http tells the client by itself.
	impliedLength = 2048
)

// Values of headers, shared by all answers.
var (
	plainText   = []string{"text/plain; charset=UTF-8"}
	html        = []string{"text/html"}
	javaScript  = []string{"text/javascript; charset=UTF-8"}
	octetStream = []string{"application/octet-stream"}
	noStore     = []string{"no-store"}
)

// pollingHeaders adds what every polling answer carries.
func (s *Server) pollingHeaders(h http.Header, r *http.Request, contentType []string, length int) {
	h["Content-Type"], h["Cache-Control"] = contentType, noStore
	if length > impliedLength {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	// Old versions of Internet Explorer see scripts in the answers.
	if agent := first(r.Header, "User-Agent"); strings.Contains(agent, ";MSIE") || strings.Contains(agent, "MSIE ") || strings.Contains(agent, "Trident/") {
		h.Set("X-XSS-Protection", "0")
	}
	if s.opts.Headers != nil {
		s.opts.Headers(h, r)
	}
}
