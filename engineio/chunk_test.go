package engineio_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A sender says the same in all the ways that there are, and notes what the client has to get.
type sender struct {
	s     *session
	want  []string
	plain bool // attachments are binary frames
}

func (s *sender) say(way int, text string, attachments ...[]byte) {
	s.s.rig.t.Helper()
	buf := append(make([]byte, engineio.Prefix), text...)
	var err error
	switch way {
	case 0:
		err = s.s.SendPacket(buf, attachments, 0)
		clear(buf) // it is the caller's again
	case 1:
		err = s.s.SendPacket(buf, attachments, engineio.Corked)
		s.s.Flush()
	case 2:
		err = s.s.SendPacket(buf, attachments, engineio.Later|engineio.NoCompress)
	case 3:
		err = s.s.Send(engineio.NewMessage(buf, attachments...), engineio.Later)
	default:
		err = s.s.SendLatest(engineio.NewMessage(buf, attachments...), engineio.Slot{Owner: len(s.want)}, 0)
	}
	if err != nil {
		s.s.rig.t.Fatal(err)
	}
	s.want = append(s.want, "4"+text)
	for _, a := range attachments {
		if s.plain {
			s.want = append(s.want, "binary:"+string(a))
		} else {
			s.want = append(s.want, "b"+base64.StdEncoding.EncodeToString(a))
		}
	}
}

// Packets for one socket keep their place among all others, whatever their sizes and ways.
func TestSendPacket(t *testing.T) {
	all := func(s *sender) {
		for i := range 300 {
			var attachments [][]byte
			for range rand.N(3) {
				attachments = append(attachments, []byte(strings.Repeat("b", rand.N(1500))))
			}
			s.say(i%5, fmt.Sprint(i, strings.Repeat("x", rand.N(3000))), attachments...)
		}
	}
	for name, query := range map[string]string{"WebSocket": "", "WebSocket without binary": "&b64=1"} {
		t.Run(name, func(t *testing.T) {
			w, s := newRig(t, engineio.Options{}).websocket(query)
			from := &sender{s: s, plain: query == ""}
			all(from)
			w.expect(from.want...)
		})
	}
	t.Run("compressed", func(t *testing.T) {
		r := newRig(t, engineio.Options{PerMessageDeflate: true})
		w := r.upgrade("EIO=4&transport=websocket", "", "Sec-WebSocket-Extensions", "permessage-deflate")
		w.accepted()
		w.open()
		s := r.session()
		from := &sender{s: s}
		from.say(0, "small")
		from.say(1, strings.Repeat("large", 1000))
		w.expect("4small")
		if first, _, err := w.read(); err != nil || first&0x40 == 0 {
			t.Errorf("the frame begins with %x (%v): it isn't compressed", first, err)
		}
	})
	t.Run("polling", func(t *testing.T) {
		p, s := newRig(t, engineio.Options{}).poll()
		from := &sender{s: s}
		all(from)
		p.get().is(t, 200, strings.Join(from.want, "\x1e"))
	})
	t.Run("what a client doesn't read takes about what it counts", func(t *testing.T) {
		const limit = 1 << 20
		_, s := newRig(t, engineio.Options{MaxQueue: limit}).websocket()
		heap := func() int {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			return int(m.HeapAlloc)
		}
		for full := false; !full; { // the network, so that nothing more leaves
			if err := s.Send(engineio.Text(strings.Repeat("x", 100_000)), 0); err != nil {
				t.Fatal(err)
			}
			full = true
			for range 200 {
				if full = s.BufferedBytes() > 0; !full {
					break
				}
				time.Sleep(time.Millisecond)
			}
		}
		before := heap()
		buf := append(make([]byte, engineio.Prefix), "an answer"...)
		other := engineio.Text("to all")
		for s.BufferedBytes() < limit*9/10 {
			if err := errors.Join(s.SendPacket(buf, nil, 0), s.Send(other, 0)); err != nil {
				t.Fatal(err)
			}
		}
		if took := heap() - before; took > 4*limit {
			t.Errorf("%d bytes wait, in %d", s.BufferedBytes(), took)
		}
	})
	t.Run("a slow client", func(t *testing.T) {
		w, s := newRig(t, engineio.Options{}).websocket()
		buf := append(make([]byte, engineio.Prefix), strings.Repeat("x", 1000)...)
		sent := 0
		for ; ; sent++ {
			if err := s.SendPacket(buf, nil, 0); err == engineio.ErrSlow {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
		if err := s.SendPacket(buf, nil, 0); err != engineio.ErrClosed {
			t.Error("behind the end:", err)
		}
		got := 0
		for ; ; got++ {
			first, packet, err := w.read()
			if err != nil || first == closeFrame {
				break
			}
			if packet != "4"+string(buf[engineio.Prefix:]) {
				t.Fatalf("packet %d is %q", got, head(packet))
			}
		}
		if got > sent {
			t.Errorf("%d of %d came", got, sent)
		}
	})
}
