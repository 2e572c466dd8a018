package engineio_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestClose(t *testing.T) {
	polling := []struct {
		name string
		run  func(t *testing.T, r *rig, p *poller, s *session)
	}{
		{"CL-01 the waiting GET is told", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			if !s.Close() {
				t.Error("Close: the session goes on")
			}
			(<-get).is(t, 200, "1")
			s.end(engineio.ReasonForcedClose)
			p.gone()
			p.post("4x").refused(t, 400, 1, "Session ID unknown")
		}},
		{"CL-01 CL-07 the next GET is told, behind what was queued", func(t *testing.T, r *rig, p *poller, s *session) {
			s.send("a", "binary:b")
			if s.Close() {
				t.Error("Close: the session has ended")
			}
			if err := s.Send(engineio.Text("late"), 0); err != engineio.ErrClosed {
				t.Errorf("Send: %v", err)
			}
			if s.Close() {
				t.Error("second Close: the session has ended")
			}
			// Clients take a close packet before the messages of the same answer, so it comes in
			// one of its own.
			p.get().is(t, 200, "4a\x1ebYg==")
			p.get().is(t, 200, "6\x1e1")
			s.end(engineio.ReasonForcedClose)
			if !s.Close() {
				t.Error("Close after the end: false")
			}
			p.gone()
		}},
		{"CL-07 the waiting GET gets what was queued with it", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			// The first message wakes the request; the second and the end may come before it has
			// taken them.
			s.send("a")
			s.send("b")
			s.Close()
			body := (<-get).body
			for !strings.HasSuffix(body, "1") {
				body += "\x1e" + p.get().body
			}
			if body = strings.ReplaceAll(body, "\x1e6", ""); body != "4a\x1e4b\x1e1" {
				t.Errorf("packets %q", body)
			}
			s.end(engineio.ReasonForcedClose)
		}},
		{"CL-03 the client closes, its GET waits", func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			p.posts("4last", "1", "4ignored")
			(<-get).is(t, 200, "6")
			s.got("last")
			if err := s.end(engineio.ReasonTransportClose); err != nil {
				t.Errorf("error %v", err)
			}
			s.quiet()
			p.gone()
		}},
		{"CL-03 the client closes, no GET", func(t *testing.T, r *rig, p *poller, s *session) {
			p.posts("1")
			s.end(engineio.ReasonTransportClose)
			p.gone()
		}},
		{"CL-03 the client closes and its GET overtakes nothing", func(t *testing.T, r *rig, p *poller, s *session) {
			done := make(chan answer, 1)
			go func() { done <- p.post("1") }()
			a := p.get()
			if a.body != "6" && a.status != 400 {
				t.Errorf("answer %d %q", a.status, a.body)
			}
			(<-done).is(t, 200, "ok")
			s.end(engineio.ReasonTransportClose)
		}},
		{"Discard drops what is queued", func(t *testing.T, r *rig, p *poller, s *session) {
			s.send("a")
			s.Discard()
			s.end(engineio.ReasonForcedClose)
			p.gone()
			if n := s.BufferedBytes(); n != 0 {
				t.Errorf("%d bytes are buffered", n)
			}
		}},
		{"CL-12 a POST in progress is ended", func(t *testing.T, r *rig, p *poller, s *session) {
			half := p.startPost(s, 10, "4ha")
			get := p.getting(s)
			s.Close()
			(<-get).is(t, 200, "1")
			io.Copy(io.Discard, half)
			s.end(engineio.ReasonForcedClose)
			s.quiet()
		}},
		{"CL-12 a POST in progress is ended though no GET waits", func(t *testing.T, r *rig, p *poller, s *session) {
			half := p.startPost(s, 10, "4ha")
			s.Close()
			io.Copy(io.Discard, half)
			p.get().is(t, 200, "6\x1e1")
			s.end(engineio.ReasonForcedClose)
			s.quiet()
		}},
		{"CL-12 a POST in progress is ended by Discard", func(t *testing.T, r *rig, p *poller, s *session) {
			half := p.startPost(s, 10, "4ha")
			s.Discard()
			io.Copy(io.Discard, half)
			s.end(engineio.ReasonForcedClose)
		}},
		{"a held POST is answered when the session ends", func(t *testing.T, r *rig, p *poller, s *session) {
			s.Pause()
			held := make(chan answer, 1)
			go func() { held <- p.post("4x") }()
			s.got("x")
			s.Discard()
			receive(t, r.patience, "answer", held)
			s.end(engineio.ReasonForcedClose)
		}},
		{"Close inside Message", func(t *testing.T, r *rig, p *poller, s *session) {
			s.onMessage(func(message) { s.Close() })
			p.posts("4a", "4b")
			p.get().is(t, 200, "6\x1e1")
			s.end(engineio.ReasonForcedClose)
		}},
		{"Discard inside Message", func(t *testing.T, r *rig, p *poller, s *session) {
			calls := 0
			s.onMessage(func(message) { calls++; s.Discard() })
			p.post("4a\x1e4b")
			s.end(engineio.ReasonForcedClose)
			if calls != 1 {
				t.Errorf("%d messages", calls)
			}
			p.gone()
		}},
	}
	for _, test := range polling {
		t.Run("polling "+test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			test.run(t, r, p, s)
		})
	}

	sockets := []struct {
		name string
		run  func(t *testing.T, r *rig, w *wire, s *session)
	}{
		{"CL-02 CL-07 Close delivers what was queued", func(t *testing.T, r *rig, w *wire, s *session) {
			large := strings.Repeat("x", 500_000)
			s.send("a", large, "binary:b")
			for range 2 {
				if !s.Close() {
					t.Error("Close: the session goes on")
				}
			}
			if err := s.Send(engineio.Text("late"), 0); err != engineio.ErrClosed {
				t.Errorf("Send: %v", err)
			}
			s.end(engineio.ReasonForcedClose)
			if code := w.closing("4a", "4"+large, "b"); code != noCode {
				t.Errorf("closed with %d", code)
			}
		}},
		{"CL-07 Close while the network is full", func(t *testing.T, r *rig, w *wire, s *session) {
			var want []string
			for i := range 40 {
				text := fmt.Sprint(i, strings.Repeat("x", 500_000))
				s.send(text)
				want = append(want, "4"+text)
			}
			s.Close()
			s.end(engineio.ReasonForcedClose)
			time.Sleep(20 * time.Millisecond) // the kernel's buffers fill
			if code := w.closing(want...); code != noCode {
				t.Errorf("closed with %d", code)
			}
		}},
		{"CL-07 Close delivers although the client is sending", func(t *testing.T, r *rig, w *wire, s *session) {
			stop := make(chan struct{})
			var sending sync.WaitGroup
			sending.Go(func() {
				for {
					select {
					case <-stop:
						return
					default:
						if _, err := w.Write(mask(textFrame, "4"+strings.Repeat("y", 1000))); err != nil {
							return
						}
					}
				}
			})
			s.onMessage(func(message) {})
			var want []string
			for i := range 20 {
				text := fmt.Sprint(i, strings.Repeat("x", 50_000))
				s.send(text)
				want = append(want, "4"+text)
			}
			s.Close()
			if code := w.closing(want...); code != noCode {
				t.Errorf("closed with %d", code)
			}
			close(stop)
			w.Close()
			sending.Wait()
			s.end(engineio.ReasonForcedClose)
		}},
		{"Discard", func(t *testing.T, r *rig, w *wire, s *session) {
			s.Discard()
			s.end(engineio.ReasonForcedClose)
			w.closes(noCode)
		}},
		{"Close inside Message", func(t *testing.T, r *rig, w *wire, s *session) {
			calls := 0
			s.onMessage(func(message) { calls++; s.send("answer"); s.Close() })
			w.raw(string(mask(textFrame, "4a")) + string(mask(textFrame, "4b")))
			if code := w.closing("4answer"); code != noCode {
				t.Errorf("closed with %d", code)
			}
			s.end(engineio.ReasonForcedClose)
			if calls != 1 {
				t.Errorf("%d messages", calls)
			}
		}},
		{"Close during a pause", func(t *testing.T, r *rig, w *wire, s *session) {
			s.Pause()
			s.send("last")
			s.Close()
			if code := w.closing("4last"); code != noCode {
				t.Errorf("closed with %d", code)
			}
			s.end(engineio.ReasonForcedClose)
		}},
		{"Discard during a pause", func(t *testing.T, r *rig, w *wire, s *session) {
			s.Pause()
			s.Discard()
			w.closes(noCode)
			s.end(engineio.ReasonForcedClose)
		}},
		{"the client goes during a pause", func(t *testing.T, r *rig, w *wire, s *session) {
			s.Pause()
			w.Close()
			s.Resume()
			s.end(engineio.ReasonTransportClose)
		}},
		{"the client resets the connection", func(t *testing.T, r *rig, w *wire, s *session) {
			w.Conn.(interface{ SetLinger(int) error }).SetLinger(0)
			w.Close()
			if err := s.end(engineio.ReasonTransportError); err == nil {
				t.Error("no error")
			}
		}},
		{"a client that never closes its side is left after a while", func(t *testing.T, r *rig, w *wire, s *session) {
			s.Close()
			w.closes(noCode)
			// Half of the connection is open still; nothing that is sent on it matters.
			w.text("4late")
			s.end(engineio.ReasonForcedClose)
			eventually(t, "the server lets the connection go", func() bool {
				_, err := w.Write(mask(textFrame, "4late"))
				return err != nil
			})
			s.quiet()
		}},
	}
	for _, test := range sockets {
		t.Run("websocket "+test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
			w, s := r.websocket()
			test.run(t, r, w, s)
		})
	}

	for name, end := range map[string]func(*session){
		"Close":   func(s *session) { s.send("hi"); s.Close() },
		"Discard": func(s *session) { s.Discard() },
	} {
		t.Run(name+" in the open callback", func(t *testing.T) {
			r := newRig(t, engineio.Options{}, end)
			a := r.do("GET", "EIO=4&transport=polling", "")
			s := r.session()
			if name == "Close" {
				if packets := strings.Split(a.body, "\x1e"); len(packets) != 2 || packets[1] != "4hi" {
					t.Errorf("packets %q", packets)
				}
				r.do("GET", "EIO=4&transport=polling&sid="+s.ID(), "").is(t, 200, "6\x1e1")
			}
			s.end(engineio.ReasonForcedClose)
			w := r.upgrade("EIO=4&transport=websocket", "")
			w.accepted()
			s = r.session()
			if name == "Close" {
				w.open()
				w.expect("4hi")
			}
			w.closes(noCode)
			s.end(engineio.ReasonForcedClose)
		})
	}
}

// A client that reads a little now and then can't hold the connection of a session that has ended,
// whatever is queued.
func TestClosedSessionIsNotDrainedForEver(t *testing.T) {
	bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
		r.dial = func() (net.Conn, error) { // over a network that holds nothing
			conn, server := net.Pipe()
			r.pipes.conns <- server
			return conn, nil
		}
		w, s := r.websocket()
		for range 500 {
			s.send(strings.Repeat("x", 1000))
		}
		start := time.Now()
		s.Close()
		s.end(engineio.ReasonForcedClose)
		var err error
		for err == nil {
			time.Sleep(5 * time.Second)
			_, err = io.ReadFull(w.Conn, make([]byte, 4<<10))
		}
		// A write that takes longer than WriteTimeout ends it sooner than the patience with what is
		// left: how much goes into one write depends on when the flusher came.
		if got := time.Since(start); got < engineio.DefaultWriteTimeout || got > 40*time.Second {
			t.Errorf("the connection ended after %v: %v", got, err)
		}
	})
}
