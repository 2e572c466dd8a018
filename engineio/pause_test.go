package engineio_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestPause(t *testing.T) {
	t.Run("WebSocket: the client is held back by TCP", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		w, s := r.websocket()
		var received atomic.Int64
		s.onMessage(func(m message) {
			if i := received.Add(1) - 1; m.data != numbered(int(i)) {
				t.Errorf("message %d is %q", i, head(m.data))
			}
		})
		s.Pause()
		const total = 20_000
		written := make(chan bool, 1)
		go func() {
			for i := range total {
				w.text("4" + numbered(i))
			}
			written <- true
		}()
		time.Sleep(200 * time.Millisecond)
		if n := received.Load(); n > 40 { // what one read takes
			t.Errorf("%d messages came during the pause", n)
		}
		if len(written) != 0 {
			t.Error("the client could write everything; this test needs more")
		}
		s.send("sending goes on")
		w.expect("4sending goes on")
		s.Resume()
		eventually(t, "everything arrives", func() bool { return received.Load() == total })
	})
	t.Run("WebSocket: pauses in between", func(t *testing.T) {
		w, s := newRig(t, engineio.Options{}).websocket()
		s.onMessage(func(m message) {
			s.Pause()
			time.AfterFunc(time.Microsecond, s.Resume)
			s.messages <- m
		})
		go func() {
			for i := range 200 {
				w.text(fmt.Sprint("4", i))
			}
		}()
		for i := range 200 {
			s.got(fmt.Sprint(i))
		}
	})
	t.Run("polling: the answer to the POST is held back", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		p, s := r.poll()
		s.Pause()
		held := make(chan answer, 1)
		go func() { held <- p.post("4a") }()
		s.got("a")
		s.send("sending goes on")
		p.gets("4sending goes on")
		if len(held) != 0 {
			t.Error("the POST was answered")
		}
		s.Resume()
		(<-held).is(t, 200, "ok")
		p.posts("4b")
		s.got("b")
	})
	t.Run("polling: the client gives a held POST up", func(t *testing.T) {
		p, s := newRig(t, engineio.Options{}).poll()
		s.Pause()
		conn := p.startPost(s, 2, "4a")
		s.got("a")
		conn.Close()
		eventually(t, "the request is over", func() bool { return !s.Posting() })
		s.Resume()
		s.alive()
	})
	t.Run("a pause is kept over an upgrade", func(t *testing.T) {
		p, s := newRig(t, engineio.Options{}).poll()
		w := p.probe()
		w.text("2probe")
		w.expect("3probe")
		s.Pause()
		w.text("5")
		eventually(t, "the transport changes", func() bool { return s.Transport() == engineio.WebSocket })
		time.Sleep(10 * time.Millisecond)
		w.text("4a")
		time.Sleep(50 * time.Millisecond)
		s.quiet()
		s.Resume()
		s.got("a")
	})
}
