package engineio_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// tick is the resolution of the heartbeat with the default times.
const tick = 100 * time.Millisecond

// after checks how long ago start was: exactly or up to one tick more.
func after(t *testing.T, what string, start time.Time, want time.Duration) {
	t.Helper()
	if got := time.Since(start); got < want || got > want+tick {
		t.Fatalf("%s after %v, want %v", what, got, want)
	}
}

func TestHeartbeat(t *testing.T) {
	tests := []struct {
		name string
		run  func(t *testing.T, r *rig)
	}{
		{"HB-01 pings follow the pongs on WebSocket", func(t *testing.T, r *rig) {
			w, s := r.websocket()
			for range 100 {
				start := time.Now()
				w.expect("2")
				after(t, "ping", start, 25*time.Second)
				time.Sleep(19 * time.Second)
				w.text("3")
				synctest.Wait()
			}
			s.alive()
			s.quiet()
			if n := s.BufferedBytes(); n != 0 {
				t.Errorf("%d bytes are left in the queue", n)
			}
		}},
		{"HB-01 pings follow the pongs on polling", func(t *testing.T, r *rig) {
			p, s := r.poll()
			for range 100 {
				start := time.Now()
				p.get().is(t, 200, "2")
				after(t, "ping", start, 25*time.Second)
				time.Sleep(19 * time.Second)
				p.posts("3")
			}
			s.alive()
			s.quiet()
			if n := s.BufferedBytes(); n != 0 {
				t.Errorf("%d bytes are left in the queue", n)
			}
		}},
		{"HB-02 HB-08 no pong on WebSocket", func(t *testing.T, r *rig) {
			start := time.Now()
			w, s := r.websocket()
			w.expect("2")
			time.Sleep(time.Until(start.Add(45*time.Second - 1)))
			s.alive()
			w.closes(noCode)
			after(t, "close frame", start, 45*time.Second)
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 45*time.Second)
		}},
		{"HB-02 HB-08 no pong on polling, a GET waits", func(t *testing.T, r *rig) {
			start := time.Now()
			p, s := r.poll()
			p.get().is(t, 200, "2")
			p.get().is(t, 200, "1")
			after(t, "close packet", start, 45*time.Second)
			s.end(engineio.ReasonPingTimeout)
			p.gone()
		}},
		{"HB-03 no pong on polling, no GET", func(t *testing.T, r *rig) {
			start := time.Now()
			p, s := r.poll()
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 45*time.Second)
			p.gone()
		}},
		{"HB-03 a session is gone exactly at its deadline", func(t *testing.T, r *rig) {
			time.Sleep(37 * time.Millisecond) // off the ticks
			start := time.Now()
			early, a := r.poll()
			late, b := r.poll()
			time.Sleep(time.Until(start.Add(45*time.Second - 1)))
			early.get().is(t, 200, "2")
			early.posts("3")
			time.Sleep(time.Nanosecond)
			if r.Count() != 2 {
				t.Fatal("the timer has fired already; this test needs it later")
			}
			late.gone()
			if got := time.Since(start); got != 45*time.Second {
				t.Fatalf("now it is %v", got)
			}
			b.end(engineio.ReasonPingTimeout)
			a.alive()
		}},
		{"HB-06 a message extends the wait once", func(t *testing.T, r *rig) {
			start := time.Now()
			w, s := r.websocket()
			w.expect("2")
			w.text("3")
			w.expect("2") // the second cycle, so that the first one's state matters, too
			second := time.Now()
			after(t, "second ping", start, 50*time.Second)
			time.Sleep(15 * time.Second)
			w.text("4extends")
			s.got("extends")
			time.Sleep(15 * time.Second)
			w.text("4doesn't")
			s.got("doesn't")
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", second, 35*time.Second)
		}},
		{"HB-06 each wait can be extended", func(t *testing.T, r *rig) {
			w, s := r.websocket()
			for range 5 {
				w.expect("2")
				time.Sleep(19 * time.Second)
				w.text("4x")
				s.got("x")
				time.Sleep(19 * time.Second)
				w.text("3")
			}
			synctest.Wait()
			s.alive()
		}},
		{"HB-07 heartbeats among large messages", func(t *testing.T, r *rig) {
			r.pipes.room = 4
			start := time.Now()
			w, s := r.websocket()
			const total = 400
			large := engineio.Text(strings.Repeat("x", 100_000))
			var sending sync.WaitGroup
			sending.Go(func() {
				for range total { // the queue is full all the time
					for s.BufferedBytes()+100_200 > engineio.DefaultMaxQueue {
						time.Sleep(10 * time.Millisecond)
					}
					if err := s.Send(large, 0); err != nil {
						t.Errorf("Send: %v", err)
						return
					}
				}
			})
			messages, pings := 0, 0
			for messages < total {
				if _, packet := w.next(); packet != "2" {
					messages++
					time.Sleep(300 * time.Millisecond) // the line is as fast as this
					continue
				}
				pings++
				// It waited behind one full queue.
				if late := time.Since(start) - 25*time.Second; messages == 0 || late < 0 || late > 5*time.Second {
					t.Fatalf("ping %d came after %d messages and %v", pings, messages, 25*time.Second+late)
				}
				w.text("3")
				start = time.Now()
			}
			sending.Wait()
			if pings != 4 { // 120 s
				t.Errorf("%d pings", pings)
			}
			s.alive()
		}},
		{"HB-04 revision 3: the client pings", func(t *testing.T, r *rig) {
			w := r.upgrade("EIO=3&transport=websocket", "")
			w.open()
			s := r.session()
			for range 10 {
				time.Sleep(44 * time.Second)
				w.text("2")
				w.expect("3")
			}
			start := time.Now()
			time.Sleep(30 * time.Second)
			w.text("4no ping")
			s.got("no ping")
			w.closes(noCode)
			after(t, "end", start, 45*time.Second)
			s.end(engineio.ReasonPingTimeout)
		}},
		{"HB-04 revision 3 on polling", func(t *testing.T, r *rig) {
			a := r.do("GET", "EIO=3&transport=polling&b64=1", "")
			s := r.session()
			if a.status != 200 {
				t.Fatal(a)
			}
			p := &poller{rig: r, query: "EIO=3&transport=polling&b64=1&sid=" + s.ID()}
			for range 3 {
				time.Sleep(44 * time.Second)
				p.posts("1:2")
				p.get().is(t, 200, "1:3")
			}
			start := time.Now()
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 45*time.Second)
		}},
		{"HB-05 revision 3: a pong of the client", func(t *testing.T, r *rig) {
			w := r.upgrade("EIO=3&transport=websocket", "")
			w.open()
			synctest.Wait() // the open packet is written whole, so the close frame can follow it
			w.text("3")
			s := r.session()
			s.end(engineio.ReasonTransportError)
			w.closes(noCode)
		}},
		{"UP-10 an upgrade changes nothing in the cycle", func(t *testing.T, r *rig) {
			start := time.Now()
			p, s := r.poll()
			time.Sleep(10 * time.Second)
			w := p.upgraded()
			w.expect("2")
			after(t, "ping", start, 25*time.Second)
			w.text("3")
			w.expect("2")
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 70*time.Second)
		}},
		{"a pause on WebSocket rests the supervision", func(t *testing.T, r *rig) {
			w, s := r.websocket()
			s.Pause()
			s.Pause()
			time.Sleep(10 * time.Minute)
			s.alive()
			start := time.Now()
			s.Resume()
			s.Resume()
			// Pings went out during the pause, as the client expects: after 25, 45, 70, … 595 s. It
			// has a whole wait to answer.
			for range 24 {
				w.expect("2")
			}
			time.Sleep(19 * time.Second)
			w.text("3")
			w.expect("2")
			after(t, "next ping", start, (19+25)*time.Second)
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, (19+25+20)*time.Second)
		}},
		{"a pause that begins while a pong is awaited", func(t *testing.T, r *rig) {
			w, s := r.websocket()
			w.expect("2")
			time.Sleep(19 * time.Second)
			s.Pause()
			time.Sleep(10 * time.Minute)
			s.alive()
			start := time.Now()
			s.Resume()
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 20*time.Second)
		}},
		{"a short pause", func(t *testing.T, r *rig) {
			w, s := r.websocket()
			start := time.Now()
			s.Pause()
			time.Sleep(time.Second)
			s.Resume()
			w.expect("2")
			after(t, "ping", start, 25*time.Second)
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 45*time.Second)
		}},
		{"a pause on polling holds the POST and rests the supervision", func(t *testing.T, r *rig) {
			p, s := r.poll()
			s.Pause()
			held := make(chan answer, 1)
			go func() { held <- p.post("4x") }()
			s.got("x")
			time.Sleep(10 * time.Minute)
			s.alive()
			p.get().is(t, 200, "2")
			if len(held) != 0 {
				t.Fatal("the POST was answered")
			}
			start := time.Now()
			s.Resume()
			(<-held).is(t, 200, "ok")
			time.Sleep(19 * time.Second)
			p.posts("3")
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, (19+25+20)*time.Second)
		}},
		{"revision 3: a pause", func(t *testing.T, r *rig) {
			w := r.upgrade("EIO=3&transport=websocket", "")
			w.open()
			s := r.session()
			s.Pause()
			time.Sleep(10 * time.Minute)
			start := time.Now()
			s.Resume()
			s.end(engineio.ReasonPingTimeout)
			after(t, "end", start, 45*time.Second)
		}},
		{"a close that nobody fetches ends after 30 s", func(t *testing.T, r *rig) {
			start := time.Now()
			p, s := r.poll()
			if s.Close() || !s.Socket.Closed() {
				t.Error("Close: the session has ended at once")
			}
			s.end(engineio.ReasonForcedClose)
			after(t, "end", start, 30*time.Second)
			p.gone()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bubble(t, engineio.Options{AllowEIO3: true}, test.run)
		})
	}
}

func TestUpgradeTimes(t *testing.T) {
	bubble(t, engineio.Options{UpgradeTimeout: 7 * time.Second}, func(t *testing.T, r *rig) {
		p, s := r.poll()
		start := time.Now()
		w := p.probe()
		w.text("2probe")
		w.expect("3probe")
		for i := range 20 { // UP-02
			p.get().is(t, 200, "6")
			if got := time.Since(start); got != time.Duration(i+1)*100*time.Millisecond {
				t.Fatalf("noop %d after %v", i, got)
			}
		}
		w.closes(noCode) // UP-07
		if got := time.Since(start); got != 7*time.Second {
			t.Errorf("closed after %v", got)
		}
		s.alive()
	})
}
