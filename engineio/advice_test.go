package engineio_test

import (
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// What is no packet ends its session, says what it is, and warns the developer once.
func TestMalformedPacketsWarnOnce(t *testing.T) {
	var log diary
	r := newRig(t, engineio.Options{AllowEIO3: true, Logger: log.logger()})
	for what, send := range map[string]func() *session{
		`"x"`:       func() *session { p, s := r.poll(); p.post("x"); return s },
		"empty":     func() *session { p, s := r.poll(); p.post("4a\x1e"); s.got("a"); return s },
		`"7"`:       func() *session { w, s := r.websocket(); w.text("7"); return s },
		"length":    func() *session { p, s := r.pollV3(""); p.post("4a"); return s },
		"announced": func() *session { p, s := r.pollV3(""); p.post("9:4a"); return s },
		"base64":    func() *session { p, s := r.pollV3(""); p.post("2:b9"); return s },
		"kind": func() *session {
			p, s := r.pollV3("")
			r.do("POST", p.query, "\x07", "Content-Type", "application/octet-stream")
			return s
		},
		"early": func() *session { p, s := r.pollV3(""); p.post("\x00\x05\xff4"); return s },
		`"\t"`: func() *session {
			w := r.upgrade("EIO=3&transport=websocket", "")
			w.open()
			w.frame(binaryFrame, "\x09")
			return r.session()
		},
	} {
		s := send()
		if err := s.end(engineio.ReasonParseError); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 || !strings.Contains(log.String(), "proxy") {
		t.Errorf("%d warnings:\n%s", n, log.String())
	}
}

// Functions of the application that have nothing to do with a request are called where connections are read.
func TestPanicWhereConnectionsAreRead(t *testing.T) {
	t.Run("Message", func(t *testing.T) {
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
	})
	t.Run("Observer", func(t *testing.T) {
		var log diary
		r := newRig(t, engineio.Options{Logger: log.logger(), Observer: brokenObserver{}})
		p, s := r.poll()
		w := p.upgraded()
		s.send("a")
		w.expect("4a")
		s.alive()
		eventually(t, "both calls are reported", func() bool { return strings.Count(log.String(), "level=ERROR") == 2 })
	})
}

type brokenObserver struct{ engineio.Observer }

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
