package engineio_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestUpgrade(t *testing.T) {
	tests := []struct {
		name string
		opts engineio.Options
		run  func(t *testing.T, r *rig, p *poller, s *session)
	}{
		{"UP-01 UP-02 UP-16 the whole way", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			get := p.getting(s)
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			(<-get).is(t, 200, "6")
			if s.Transport() != engineio.Polling {
				t.Errorf("transport %q while probing", s.Transport())
			}
			p.posts("4by POST")
			s.send("for the WebSocket")
			w.text("5")
			w.expect("4for the WebSocket")
			if s.Transport() != engineio.WebSocket {
				t.Errorf("transport %q", s.Transport())
			}
			w.text("4by WebSocket")
			s.got("by POST", "by WebSocket")

			// UP-04
			p.get().refused(t, 400, 3, "Bad request")
			p.post("4x").refused(t, 400, 3, "Bad request")
			w.text("4still there")
			s.got("still there")
			w.frame(closeFrame, "")
			s.end(engineio.ReasonTransportClose)
			p.gone()
		}},
		{"UP-02 every later GET is released, too", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			for range 3 {
				p.get().is(t, 200, "6")
			}
			s.send("x")
			p.get().is(t, 200, "4x")
			w.text("5")
			s.send("y")
			w.expect("4y")
		}},
		{"frames glued to the upgrade request and to each other", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			glued := string(mask(textFrame, "2probe")) + string(mask(textFrame, "5")) + string(mask(textFrame, "4a")) + string(mask(binaryFrame, "b"))
			w := r.upgrade(strings.Replace(p.query, "polling", "websocket", 1), glued)
			w.accepted()
			w.expect("3probe")
			s.got("a", "binary:b")
			s.send("c")
			w.expect("4c")
		}},
		{"a GET that still waits when the client finishes", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			p.get().is(t, 200, "6")
			get := p.getting(s)
			w.text("5")
			a := <-get
			if a.status != 400 && a.body != "6" {
				t.Errorf("answer %d %q", a.status, a.body)
			}
			s.send("x")
			for {
				if _, packet := w.next(); packet == "4x" {
					break
				} else if packet != "6" {
					t.Fatalf("packet %q", packet)
				}
			}
		}},
		{"UP-05 a second WebSocket during the upgrade", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			p.probe().closes(noCode)
			w.text("5", "4goes on")
			s.got("goes on")
		}},
		{"UP-05 a second WebSocket after the upgrade", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.upgraded()
			w.text("4x")
			s.got("x")
			second := p.probe()
			second.text("2probe", "5", "4intruder")
			second.closes(noCode)
			w.text("4goes on")
			s.got("goes on")
			s.send("y")
			w.expect("4y")
		}},
		{"UP-05 a second WebSocket of a session that began as one", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w, other := r.websocket()
			second := r.upgrade("EIO=4&transport=websocket&sid="+other.ID(), "")
			second.accepted()
			second.closes(noCode)
			w.text("4goes on")
			other.got("goes on")
		}},
		{"UP-07 the time is up before the probe", engineio.Options{UpgradeTimeout: 20 * time.Millisecond}, func(t *testing.T, r *rig, p *poller, s *session) {
			p.probe().closes(noCode)
			p.posts("4goes on")
			s.got("goes on")
			s.send("x")
			p.gets("4x")
		}},
		{"UP-07 the time is up after the probe", engineio.Options{UpgradeTimeout: 300 * time.Millisecond}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			w.closes(noCode)
			w.text("5")
			p.posts("4goes on")
			s.got("goes on")
			if s.Transport() != engineio.Polling {
				t.Errorf("transport %q", s.Transport())
			}
			p.upgradeAgain(s)
		}},
		{"UP-08 the server closes the session meanwhile", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			eventually(t, "the probe is there", s.Probing)
			s.Close()
			p.get().is(t, 200, "6\x1e1")
			w.closes(noCode)
			s.end(engineio.ReasonForcedClose)
		}},
		{"UP-08 the server discards the session meanwhile", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			get := p.getting(s)
			s.Discard()
			w.closes(noCode)
			if a := <-get; a.body != "1" && a.body != "6" {
				t.Errorf("answer %q", a.body)
			}
			s.end(engineio.ReasonForcedClose)
		}},
		{"UP-08 the client closes the session meanwhile", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe")
			w.expect("3probe")
			p.posts("1")
			s.end(engineio.ReasonTransportClose)
			w.closes(noCode)
		}},
		{"UP-10 the heartbeat goes on", engineio.Options{PingInterval: 150 * time.Millisecond, PingTimeout: 30 * time.Second}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.upgraded()
			for range 3 {
				for {
					if _, packet := w.next(); packet == "2" {
						break
					}
				}
				w.text("3")
			}
			s.alive()
		}},
		{"UP-13 upgrades are disabled", engineio.Options{DisableUpgrades: true}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.text("2probe", "5")
			w.closes(noCode)
			p.posts("4goes on")
			s.got("goes on")
		}},
		{"a ping frame while probing", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			w := p.probe()
			w.frame(pingFrame, "hi")
			if first, payload := w.next(); first != pongFrame || payload != "hi" {
				t.Errorf("frame %#x %q", first, payload)
			}
			w.text("2probe")
			w.expect("3probe")
			w.text("5", "4x")
			s.got("x")
		}},
		{"a session that is closing can't be upgraded", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			s.Close()
			p.probe().closes(noCode)
			p.get().is(t, 200, "6\x1e1")
			s.end(engineio.ReasonForcedClose)
		}},
		{"UP-09 the client goes right away", engineio.Options{}, func(t *testing.T, r *rig, p *poller, s *session) {
			p.probe().Close()
			eventually(t, "the probe is gone", func() bool { return !s.Probing() })
			p.posts("1")
			s.end(engineio.ReasonTransportClose)
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run := func(t *testing.T, r *rig) {
				p, s := r.poll()
				test.run(t, r, p, s)
			}
			if test.opts.UpgradeTimeout > 0 {
				bubble(t, test.opts, run)
				return
			}
			run(t, newRig(t, test.opts))
		})
	}
}

// upgradeAgain checks that an upgrade still succeeds after one that failed.
func (p *poller) upgradeAgain(s *session) {
	p.t.Helper()
	eventually(p.t, "the failed probe is gone", func() bool { return !s.Probing() })
	w := p.upgraded()
	w.text("4upgraded")
	s.got("upgraded")
}

func TestUP06AnythingElseThanTheProbe(t *testing.T) {
	for name, send := range map[string]func(w *wire){
		"another packet":         func(w *wire) { w.text("4x") },
		"a ping without probe":   func(w *wire) { w.text("2") },
		"no packet":              func(w *wire) { w.text("") },
		"binary":                 func(w *wire) { w.frame(binaryFrame, "2probe") },
		"the end before":         func(w *wire) { w.text("5") },
		"the probe twice":        func(w *wire) { w.text("2probe", "2probe") },
		"a message after it":     func(w *wire) { w.text("2probe", "4x") },
		"a close frame":          func(w *wire) { w.frame(closeFrame, "") },
		"a frame error":          func(w *wire) { w.raw("\xff\xff\xff\xff") },
		"the end of the network": func(w *wire) { w.Conn.(interface{ CloseWrite() error }).CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			w := p.probe()
			send(w)
			for {
				if _, _, err := w.read(); err != nil {
					break
				}
			}
			p.posts("4goes on")
			s.got("goes on")
			s.quiet()
			s.send("x")
			p.gets("4x")
			p.upgradeAgain(s)
		})
	}
}

func TestUP03NothingIsLostOrDoubledByAnUpgrade(t *testing.T) {
	for round := range 5 {
		t.Run(fmt.Sprint("round ", round), func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			const total = 2000
			go func() {
				for i := range total {
					s.Send(engineio.Text(fmt.Sprint(i)), engineio.Flags(i%2)*engineio.Later)
					if i%50 == 0 {
						time.Sleep(time.Millisecond)
					}
				}
			}()
			var packets []string
			sent := 0
			post := func() {
				p.posts(fmt.Sprint("4", sent), fmt.Sprint("4", sent+1))
				sent += 2
			}
			get := func() {
				t.Helper()
				a := p.get()
				if a.status != 200 {
					t.Fatalf("GET: %d %q", a.status, a.body)
				}
				packets = append(packets, strings.Split(a.body, "\x1e")...)
			}
			for range round {
				post()
				get()
			}
			w := p.probe()
			w.text("2probe")
			post()
			get()
			w.expect("3probe")
			get()
			post()
			w.text("5")
			for ; sent < total; sent++ {
				w.text(fmt.Sprint("4", sent))
			}
			for next := 0; ; {
				for _, packet := range packets {
					if packet == "6" {
						continue
					}
					if packet != fmt.Sprint("4", next) {
						t.Fatalf("packet %q after %d messages", packet, next)
					}
					next++
				}
				if next == total {
					break
				}
				_, packet := w.next()
				packets = []string{packet}
			}
			for i := range total {
				s.got(fmt.Sprint(i))
			}
			s.alive()
		})
	}
}

// A client that wasn't answered fast enough may probe again.
func TestProbeMayBeRepeated(t *testing.T) {
	p, s := newRig(t, engineio.Options{}).poll()
	w := p.probe()
	w.text("2probe", "2probe")
	w.expect("3probe", "3probe")
	w.text("5whatever", "4a")
	s.got("a")
	s.alive()
}
