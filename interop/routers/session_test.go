package routers

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// A pollSession is a session of the browser on polling: like the real client it always has a
// request waiting.
type pollSession struct {
	b      *browser
	target string // with the id of the session
	opened answer
	id     string // of the socket

	packets chan string
	stop    context.CancelFunc
	over    chan struct{}

	polls   atomic.Int32
	waiting atomic.Bool // a request is under way that waits for packets

	// Written by the polling goroutine; read when it is over.
	encodings []string // of the last answer with a message
	err       error
}

func (b *browser) open(t *testing.T) *pollSession {
	t.Helper()
	s := &pollSession{b: b, packets: make(chan string, 100), over: make(chan struct{})}
	s.opened = b.get(t, b.path+"?EIO=4&transport=polling&t=a1")
	if s.opened.status != http.StatusOK || !strings.HasPrefix(s.opened.body, `0{"sid":"`) {
		t.Fatalf("handshake: status %d, %q", s.opened.status, s.opened.body)
	}
	sid, _, _ := strings.Cut(strings.TrimPrefix(s.opened.body, `0{"sid":"`), `"`)
	s.target = b.path + "?EIO=4&transport=polling&t=a2&sid=" + sid
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	s.post(t, "40")
	go s.poll(ctx)
	t.Cleanup(s.leave)
	s.id = joined(t, s.expect(t, "40{"))
	return s
}

// joined is the id in the answer to CONNECT.
func joined(t *testing.T, packet string) string {
	t.Helper()
	id, ok := strings.CutPrefix(packet, `40{"sid":"`)
	if !ok {
		t.Fatalf("joined with %q", packet)
	}
	id, _, _ = strings.Cut(id, `"`)
	return id
}

func (s *pollSession) poll(ctx context.Context) {
	defer close(s.over)
	defer close(s.packets)
	for {
		s.waiting.Store(true)
		a, err := s.b.do(ctx, http.MethodGet, s.target, "")
		s.waiting.Store(false)
		if err == nil && a.status != http.StatusOK {
			err = fmt.Errorf("status %d: %s", a.status, a.body)
		}
		if err != nil {
			s.err = err
			return
		}
		s.polls.Add(1)
		if len(a.body) > 1 {
			s.encodings = a.header.Values("Content-Encoding")
		}
		for packet := range strings.SplitSeq(a.body, "\x1e") {
			switch packet {
			case "6": // noop: what a server says that has to answer and has nothing to say
			case "2":
				if _, err := s.b.do(ctx, http.MethodPost, s.target, "3"); err != nil {
					s.err = err
					return
				}
			default:
				select {
				case s.packets <- packet:
				case <-ctx.Done():
					return
				}
			}
		}
	}
}

// leave drops the waiting request, as a closed tab does.
func (s *pollSession) leave() {
	s.stop()
	for range s.packets {
	}
	<-s.over
}

func (s *pollSession) post(t *testing.T, packet string) {
	t.Helper()
	if a := s.b.send(t, http.MethodPost, s.target, packet); a.status != http.StatusOK || a.body != "ok" {
		t.Fatalf("POST: status %d, %q", a.status, a.body)
	}
}

// expect waits for a packet that begins so.
func (s *pollSession) expect(t *testing.T, prefix string) string {
	t.Helper()
	select {
	case packet, ok := <-s.packets:
		if !ok {
			t.Fatalf("no packet %q: %v", prefix, s.err)
		}
		if !strings.HasPrefix(packet, prefix) {
			t.Fatalf("packet %.80q, want %q", packet, prefix)
		}
		return packet
	case <-time.After(2 * patience):
		t.Fatalf("no packet %q", prefix)
	}
	return ""
}
