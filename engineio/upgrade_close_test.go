package engineio_test

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// closeSoon closes a session whose end has to wait for its client.
func (s *session) closeSoon() {
	s.rig.t.Helper()
	if s.Close() {
		s.rig.t.Fatal("Close: the session has ended")
	}
	if !s.Probing() {
		s.rig.t.Fatal("Close has given the upgrade up")
	}
	if err := s.Send(engineio.Text("late"), 0); err != engineio.ErrClosed {
		s.rig.t.Fatalf("Send after Close: %v", err)
	}
}

// closed checks that the WebSocket brings these packets and then the end of the session.
func (w *wire) closed(s *session, want ...string) {
	w.t.Helper()
	if code := w.closing(want...); code != noCode {
		w.t.Fatalf("closed with %d", code)
	}
	s.end(engineio.ReasonForcedClose)
	if got := s.Transport(); got != engineio.WebSocket {
		w.t.Fatalf("ended on %s", got)
	}
}

// closed polls until the session ends and compares what came, without the packets that mean
// nothing.
func (p *poller) closed(s *session, want ...string) {
	p.t.Helper()
	var got []string
	for end := false; !end; {
		a := p.get()
		if a.status != 200 {
			p.t.Fatalf("GET: %d %q after %q", a.status, head(a.body), got)
		}
		for packet := range strings.SplitSeq(a.body, "\x1e") {
			if end = packet == "1"; !end && packet != "6" {
				got = append(got, packet)
			}
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		p.t.Fatalf("packets %.200q, want %.200q", got, want)
	}
	s.end(engineio.ReasonForcedClose)
	p.gone()
}

// probed starts to upgrade a session; from now on its client stops polling.
func (p *poller) probed() *wire {
	p.t.Helper()
	w := p.probe()
	w.text("2probe")
	w.expect("3probe")
	return w
}

func TestCloseDuringAnUpgrade(t *testing.T) {
	tests := []struct {
		name string
		opts engineio.Options
		run  func(t *testing.T, r *rig, p *poller, s *session)
	}{
		{"the client has stopped polling", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a", "binary:b", "c")
			s.closeSoon()
			w.text("5")
			w.closed(s, "4a", "b", "4c")
			p.gone()
			if !s.Close() {
				t.Error("Close after the end: false")
			}
		}},
		{"nothing is queued", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.closeSoon()
			w.text("5")
			w.closed(s)
		}},
		{"more than the network takes", engineio.Options{MaxQueue: 64 << 20}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			var want []string
			for i := range 40 {
				text := fmt.Sprint(i, strings.Repeat("x", 500_000))
				s.send(text)
				want = append(want, "4"+text)
			}
			s.closeSoon()
			w.text("5")
			s.end(engineio.ReasonForcedClose)
			if code := w.closing(want...); code != noCode {
				t.Errorf("closed with %d", code)
			}
		}},
		{"the client has not probed yet", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			eventually(t, "the probe is there", s.Probing)
			s.send("a")
			s.closeSoon()
			w.text("2probe")
			w.expect("3probe")
			w.text("5")
			w.closed(s, "4a")
		}},
		{"UP-08 the client has not probed yet and polls", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			eventually(t, "the probe is there", s.Probing)
			s.send("a")
			s.closeSoon()
			p.closed(s, "4a")
			w.closes(noCode)
		}},
		{"UP-08 the client has not heard of the probe's answer and polls", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a")
			s.closeSoon()
			p.closed(s, "4a")
			w.closes(noCode)
		}},
		{"one more GET before the client stops polling", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a", "b")
			s.closeSoon()
			p.gets("4a", "4b")
			w.text("5")
			w.closed(s)
		}},
		{"a GET waits", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			w := p.probed()
			s.send("a")
			s.send("b")
			s.closeSoon()
			// The first message wakes the request; the second may come after it has taken the
			// first. Or a noop was faster than both.
			body := (<-get).body
			rest := []string{"4a", "4b"}
			for packet := range strings.SplitSeq(body, "\x1e") {
				switch {
				case packet == "6":
				case len(rest) == 0 || packet != rest[0]:
					t.Fatalf("answer %q", body)
				default:
					rest = rest[1:]
				}
			}
			w.text("5")
			w.closed(s, rest...)
		}},
		{"a POST is under way", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			half := p.startPost(s, 4, "4x")
			s.send("a")
			s.closeSoon()
			time.Sleep(20 * time.Millisecond) // an abort would have its effect
			half.Write([]byte("yz"))
			if res, err := http.ReadResponse(bufio.NewReader(half), nil); err != nil || res.StatusCode != http.StatusOK {
				t.Errorf("answer %v, %v", res, err)
			}
			w.text("5")
			w.closed(s, "4a")
			s.quiet()
		}},
		{"a POST is held", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.Pause()
			held := make(chan answer, 1)
			go func() { held <- p.post("4x") }()
			s.got("x")
			s.send("a")
			s.closeSoon()
			receive(t, r.patience, "answer", held).is(t, 200, "ok")
			w.text("5")
			w.closed(s, "4a")
		}},
		{"Close inside Message", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.onMessage(func(message) { s.send("a"); s.Close() })
			p.posts("4x", "4y")
			w.text("5")
			w.closed(s, "4a")
		}},
		{"what the client sends behind the upgrade is ignored", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			for _, behind := range []string{string(mask(textFrame, "4x")), string(mask(textFrame, "1")), "\xff\xff\xff\xff"} {
				p, s := r.poll()
				w := p.probed()
				s.send("a")
				s.closeSoon()
				w.raw(string(mask(textFrame, "5")) + behind)
				w.closed(s, "4a")
				s.quiet()
			}
		}},
		{"the WebSocket breaks", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a")
			s.closeSoon()
			w.Close()
			eventually(t, "the probe is gone", func() bool { return !s.Probing() })
			p.closed(s, "4a")
		}},
		{"the client sends something else", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a")
			s.closeSoon()
			w.text("4x")
			w.closes(noCode)
			p.closed(s, "4a")
			s.quiet()
		}},
		{"Discard", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.send("a")
			s.closeSoon()
			s.Discard()
			s.end(engineio.ReasonForcedClose)
			w.closes(noCode)
			p.gone()
		}},
		{"the client leaves", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probed()
			s.closeSoon()
			p.posts("1")
			s.end(engineio.ReasonTransportClose)
			w.closes(noCode)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, test.opts)
			p, s := r.poll()
			test.run(t, r, p, s)
		})
	}

	t.Run("the end of the upgrade is on its way", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		for range 50 {
			p, s := r.poll()
			w := p.probed()
			s.send("a")
			w.text("5")
			s.send("b")
			s.Close()
			w.closed(s, "4a", "4b")
		}
	})
	t.Run("the observer is told", func(t *testing.T) {
		n := new(notebook)
		r := newRig(t, engineio.Options{Observer: n.observer()})
		p, s := r.poll()
		w := p.probed()
		s.closeSoon()
		w.text("5")
		w.closed(s)
		n.steps(t, step{s.Socket, engineio.Polling, false}, step{s.Socket, engineio.WebSocket, true})
	})
	t.Run("outside of an event loop", func(t *testing.T) {
		bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
			p, s := r.poll()
			w := p.probed()
			s.send("a")
			s.closeSoon()
			w.text("5")
			w.closed(s, "4a")
		})
	})
	t.Run("the time for the upgrade is up", func(t *testing.T) {
		bubble(t, engineio.Options{}, func(t *testing.T, r *rig) {
			p, s := r.poll()
			w := p.probed()
			s.send("a")
			s.closeSoon()
			w.closes(noCode)
			p.closed(s, "4a")
		})
	})
	t.Run("neither upgrade nor GET", func(t *testing.T) {
		bubble(t, engineio.Options{UpgradeTimeout: time.Hour}, func(t *testing.T, r *rig) {
			p, s := r.poll()
			w := p.probed()
			s.closeSoon()
			start := time.Now()
			s.end(engineio.ReasonForcedClose)
			if d := time.Since(start); d < 30*time.Second || d > 31*time.Second {
				t.Errorf("ended after %v", d)
			}
			w.closes(noCode)
			p.gone()
		})
	})
}
