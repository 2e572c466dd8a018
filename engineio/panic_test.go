package engineio_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// A message is received where connections are read.
func TestPanicInMessageEndsTheSession(t *testing.T) {
	var log diary
	r := newRig(t, engineio.Options{Logger: log.logger()})
	w, s := r.websocket()
	s.onMessage(func(message) { s.busy.Add(-1); panic("broken by the application") })
	w.text("4a")
	if err := s.end(engineio.ReasonTransportError); err == nil || !strings.Contains(err.Error(), "broken by the application") {
		t.Errorf("error %v", err)
	}
	w.closes(noCode)
	p, s := r.poll()
	get := p.getting(s)
	s.onMessage(func(message) { s.busy.Add(-1); panic("broken by the application") })
	p.post("4a\x1e4b")
	(<-get).is(t, 200, "1")
	s.end(engineio.ReasonTransportError)
	p.gone()
	if !strings.Contains(log.String(), "level=ERROR") {
		t.Errorf("the log says %q", log.String())
	}
}
