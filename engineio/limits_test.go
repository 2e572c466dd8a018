package engineio_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

func TestNegativeOptionsMeanNoLimit(t *testing.T) {
	r := newRig(t, engineio.Options{PingInterval: -1, PingTimeout: -1, UpgradeTimeout: -1, WriteTimeout: -1, MaxPayload: -1, MaxQueue: -1})
	p, s := r.poll()
	if sum := p.open.PingInterval + p.open.PingTimeout; sum < 1<<30 || sum > 1<<31-1 {
		t.Errorf("a client would wait %d ms for a ping", sum)
	}
	large := strings.Repeat("x", 3_000_000)
	p.posts("4" + large)
	s.got(large)
	w := p.upgraded()
	go w.text("4" + large)
	s.got(large)
	const total = 20_000
	for i := range total {
		s.send(numbered(i))
	}
	s.Close()
	if n := w.readNumbered(); n != total {
		t.Errorf("%d messages", n)
	}
}

// TestQuietSocketsKeepNoQueue lets many sockets have a burst that fills the network, and measures
// what is left of it.
func TestQuietSocketsKeepNoQueue(t *testing.T) {
	r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
	const sockets, burst = 8, 40_000
	var (
		sessions []*session
		wires    []*wire
	)
	for range sockets {
		w, s := r.websocket()
		sessions, wires = append(sessions, s), append(wires, w)
	}
	heap := func() int64 {
		var m runtime.MemStats
		for range 3 { // pools let go in the second
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	m := engineio.Text(strings.Repeat("x", 200))
	before := heap()
	for round := range 2 {
		for _, s := range sessions {
			for range burst {
				if err := s.Send(m, 0); err != nil {
					t.Fatal(err)
				}
			}
		}
		if round == 0 {
			for _, w := range wires {
				go io.Copy(io.Discard, w)
			}
		}
		for _, s := range sessions {
			if err := s.Drain(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if grown := heap() - before; grown > sockets*64<<10 {
		t.Errorf("%d KB for each of %d quiet sockets", grown/sockets>>10, sockets)
	}
	runtime.KeepAlive(sessions)
}
