package engineio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// What the kernel hasn't taken of one client isn't overwritten by what others get.
func TestWhatWaitsIsNotLentToOthers(t *testing.T) {
	for _, way := range []struct {
		name        string
		chunks      bool
		each, bytes int // messages of a flush, and of a message
	}{{"chunks", true, 700, 1500}, {"together", false, 700, 1500}, {"alone", false, 1, 100_000}} {
		t.Run(way.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{MaxQueue: 64 << 20})
			w, s := r.websocket()
			var others []*session
			for range 8 {
				o, other := r.websocket()
				go func() {
					for {
						if _, _, err := o.read(); err != nil {
							return
						}
					}
				}()
				others = append(others, other)
			}
			send := func(s *session, text string) {
				t.Helper()
				buf := append(make([]byte, engineio.Prefix), text...)
				err := error(nil)
				if way.chunks {
					err = s.SendPacket(buf, nil, engineio.Corked)
				} else {
					err = s.Send(engineio.NewMessage(buf), engineio.Corked)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			sent, filler := 0, strings.Repeat("a", way.bytes)
			for s.BufferedBytes() == 0 {
				for range way.each {
					send(s, fmt.Sprintf("%08d", sent)+filler)
					sent++
				}
				s.Flush()
			}
			for range 20 {
				for _, o := range others {
					for range 42 {
						send(o, strings.Repeat("Z", 1500))
					}
				}
				for _, o := range others {
					o.Flush()
				}
			}
			for i := range sent {
				if _, p := w.next(); p != "4"+fmt.Sprintf("%08d", i)+filler {
					t.Fatalf("packet %d of %d begins with %.20q", i, sent, p)
				}
			}
		})
	}
}
