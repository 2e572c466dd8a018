package engineio_test

import (
	"io"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// TestClosedOnceUnderAStorm ends sessions in many ways at the same time; the rig checks that Closed
// came once.
func TestClosedOnceUnderAStorm(t *testing.T) {
	calls := map[string]func(*session){
		"Close": func(s *session) { s.Close() }, "Discard": func(s *session) { s.Discard() },
		"Send":  func(s *session) { s.Send(engineio.Text("x"), engineio.Later) },
		"Flush": func(s *session) { s.Flush() }, "Pause": func(s *session) { s.Pause() }, "Resume": func(s *session) { s.Resume() },
		"Drain": func(s *session) { s.Drain(t.Context()) },
	}
	storm := func(s *session) {
		var all sync.WaitGroup
		for range 3 {
			for _, call := range calls {
				all.Go(func() { call(s) })
			}
		}
		all.Wait()
		s.Discard()
		receive(t, s.rig.patience, "Closed", s.ended)
	}
	r := newRig(t, engineio.Options{AllowEIO3: true})
	for range 30 {
		_, s := r.poll()
		storm(s)

		p, s := r.poll()
		go p.get()
		go p.post("4x")
		storm(s)

		p, s = r.poll()
		w := p.probe()
		w.text("2probe", "5", "4x", "1")
		storm(s)

		w, s = r.websocket()
		w.text("4a", "4b")
		w.frame(closeFrame, "")
		storm(s)

		w, s = r.websocket()
		go w.Close()
		storm(s)
	}
	if n := r.Count(); n != 0 {
		t.Errorf("%d sessions are left", n)
	}
}

func TestServerClose(t *testing.T) {
	r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
	var sessions []*session
	add := func(s *session) *session {
		sessions = append(sessions, s)
		return s
	}
	_, s := r.poll()
	add(s).send("dropped") // CL-08

	p, s := r.poll()
	get := p.getting(add(s))

	p, s = r.poll()
	half := p.startPost(add(s), 10, "4ha")

	held := make(chan answer, 1)
	p, s = r.poll()
	add(s).Pause()
	go func() { held <- p.post("4x") }()
	s.got("x")

	p, s = r.poll()
	add(s)
	probe := p.probe()
	probe.text("2probe")
	probe.expect("3probe")

	p, s = r.poll()
	add(s)
	upgraded := p.upgraded()
	upgraded.text("4x")
	s.got("x")

	quiet, s := r.websocket()
	add(s)

	paused, s := r.websocket()
	add(s).Pause()

	full, s := r.websocket()
	add(s)
	for range 40 {
		s.send(strings.Repeat("x", 1_000_000))
	}

	_, s = r.poll()
	add(s).Close() // waits for a GET

	if r.Count() != len(sessions) {
		t.Fatalf("%d sessions, want %d", r.Count(), len(sessions))
	}
	for range 2 { // CL-10
		if err := r.Server.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, s := range sessions {
		s.end(engineio.ReasonForcedClose)
		if err := s.Send(engineio.Text("x"), 0); err != engineio.ErrClosed {
			t.Errorf("Send: %v", err)
		}
	}
	(<-get).is(t, 200, "1")
	io.Copy(io.Discard, half)
	receive(t, r.patience, "answer to the held POST", held)
	for _, w := range []*wire{probe, upgraded, quiet, paused} {
		w.closes(noCode)
	}
	io.Copy(io.Discard, full)
	if a := r.do("GET", "EIO=4&transport=polling", ""); a.status != 503 {
		t.Errorf("handshake after Close: %d %q", a.status, a.body)
	}
	if w := r.upgrade("EIO=4&transport=websocket", ""); w.res.StatusCode != 503 {
		t.Errorf("upgrade after Close: %s", w.res.Status)
	}
	if len(r.opened) != 0 {
		t.Error("a session was opened after Close")
	}
}

func TestServerCloseUnused(t *testing.T) {
	s := engineio.New(engineio.Options{}, func(*engineio.Socket) engineio.Receiver { return nobody{} })
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
