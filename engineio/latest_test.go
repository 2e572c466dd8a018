package engineio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

func TestLatest(t *testing.T) {
	a, b := engineio.Slot{Owner: "a"}, engineio.Slot{Owner: "a", Key: "b"}
	latest := func(s *session, slot engineio.Slot, text string) {
		t.Helper()
		if err := s.SendLatest(engineio.Text(text), slot, 0); err != nil {
			t.Error("SendLatest:", err)
		}
	}
	t.Run("WebSocket", func(t *testing.T) {
		w, s := newRig(t, engineio.Options{}).websocket()
		for range 3 {
			latest(s, a, "now")
			w.expect("4now")
		}
	})
	t.Run("polling", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		p, s := r.poll()
		latest(s, a, "a1")
		latest(s, b, "b1")
		s.send("regular")
		latest(s, a, "a2")
		latest(s, a, "a3")
		p.get().is(t, 200, "4b1\x1e4regular\x1e4a3")
		if n := r.Dropped(); n != 2 {
			t.Error(n, "dropped")
		}
		get := p.getting(s)
		latest(s, a, "taken")
		(<-get).is(t, 200, "4taken")
		s.Discard()
		if err := s.SendLatest(engineio.Text("x"), a, 0); err != engineio.ErrClosed {
			t.Error("SendLatest after the end:", err)
		}
	})
	t.Run("many replacements leave nothing behind", func(t *testing.T) {
		p, s := newRig(t, engineio.Options{MaxQueue: 2000}).poll()
		eventually(t, "the open packet is written", func() bool { return s.BufferedBytes() == 0 })
		s.send("first")
		for i := range 10_000 {
			latest(s, engineio.Slot{Owner: i % 7}, fmt.Sprint("n", i))
			if s.BufferedBytes() > 1500 {
				t.Fatal(s.BufferedBytes(), "bytes wait after", i)
			}
		}
		p.get().is(t, 200, "4first\x1e4n9993\x1e4n9994\x1e4n9995\x1e4n9996\x1e4n9997\x1e4n9998\x1e4n9999")
		eventually(t, "nothing is left", func() bool { return s.BufferedBytes() == 0 })
	})
	t.Run("a full queue closes nothing", func(t *testing.T) {
		r := newRig(t, engineio.Options{MaxQueue: 100})
		p, s := r.poll()
		eventually(t, "the open packet is written", func() bool { return s.BufferedBytes() == 0 })
		s.send(strings.Repeat("x", 80))
		latest(s, a, "fits")
		latest(s, a, strings.Repeat("y", 80))
		latest(s, b, strings.Repeat("z", 80))
		p.get().is(t, 200, "4"+strings.Repeat("x", 80))
		if n := r.Dropped(); n != 3 || s.Socket.Closed() {
			t.Error(n, "dropped, closed:", s.Socket.Closed())
		}
	})
	t.Run("binary as a whole", func(t *testing.T) {
		p, s := newRig(t, engineio.Options{}).poll()
		for _, text := range []string{"one", "two"} {
			buf := append(make([]byte, engineio.Prefix), text...)
			if err := s.SendLatest(engineio.NewMessage(buf, []byte(text)), a, 0); err != nil {
				t.Fatal(err)
			}
		}
		p.get().is(t, 200, "4two\x1ebdHdv")
	})
}
