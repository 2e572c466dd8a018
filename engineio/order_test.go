package engineio_test

import (
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// A client may be back as soon as it learns of the end, so the application learns of it first, on
// polling too.
func TestApplicationLearnsOfTheEndFirst(t *testing.T) {
	for name, end := range map[string]func(*rig, *poller, *session){
		"what is no packet": func(r *rig, p *poller, _ *session) { r.do("POST", p.query, "x") },
		"Close":             func(_ *rig, _ *poller, s *session) { s.Close() },
		"Discard":           func(_ *rig, _ *poller, s *session) { s.Discard() },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			// a machine that is slower can only miss a fault
			s.slow.Store(int64(20 * time.Millisecond))
			get := p.getting(s)
			go end(r, p, s)
			(<-get).is(t, 200, "1")
			if len(s.ended) != 1 {
				t.Error("the client was told first")
			}
		})
	}
}
