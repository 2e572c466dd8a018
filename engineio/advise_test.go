package engineio_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// A refusal that a setting cures is told at the default level, once, with the setting.
func TestAdviceOnRefusals(t *testing.T) {
	cors := func(h http.Header, _ *http.Request) { h.Set("Access-Control-Allow-Origin", "*") }
	origin := http.Header{"Origin": {"https://app.example"}}
	for name, c := range map[string]struct {
		opts   engineio.Options
		method string
		query  string
		header http.Header
		says   string // empty: nothing
	}{
		"unknown session":        {query: "EIO=4&transport=polling&sid=abc", says: "sticky sessions"},
		"unknown session, POST":  {method: "POST", query: "EIO=4&transport=polling&sid=abc", says: "sticky sessions"},
		"an old client":          {query: "EIO=3&transport=polling", says: "Options.AllowEIO3"},
		"an old client, allowed": {opts: engineio.Options{AllowEIO3: true}, query: "EIO=3&transport=polling"},
		"a visitor":              {query: ""},
		"a visitor with half":    {query: "transport=polling"},
		"a transport": {opts: engineio.Options{Transports: []string{"websocket"}}, query: "EIO=4&transport=polling",
			says: "transport=polling"},
		"no transport":        {query: "EIO=4&transport=carrier%20pigeon"},
		"a preflight":         {method: "OPTIONS", query: "EIO=4&transport=polling", header: origin, says: "set Options.CORS to let it"},
		"a POST":              {method: "POST", query: "EIO=4&transport=polling"},
		"another origin":      {query: "EIO=4&transport=polling", header: origin, says: "its browser will keep the answer from it"},
		"an allowed origin":   {opts: engineio.Options{CORS: &engineio.CORS{}}, query: "EIO=4&transport=polling", header: origin},
		"an origin by header": {opts: engineio.Options{Headers: cors}, query: "EIO=4&transport=polling", header: origin},
		"an origin by middleware": {opts: engineio.Options{Middleware: []func(http.Handler) http.Handler{func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { cors(w.Header(), r); h.ServeHTTP(w, r) })
		}}}, query: "EIO=4&transport=polling", header: origin},
		"the same origin":               {query: "EIO=4&transport=polling", header: http.Header{"Origin": {"http://example.com"}}},
		"the same origin behind a gate": {query: "EIO=4&transport=polling", header: http.Header{"Origin": {"https://a"}, "Sec-Fetch-Site": {"same-origin"}}},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c.opts.Logger = slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))
			refused := 0
			c.opts.OnConnectionError = func(*engineio.ConnectionError) { refused++ }
			s := engineio.New(c.opts, func(*engineio.Socket) engineio.Receiver { return nobody{} })
			defer s.Close()
			for range 3 {
				method := c.method
				if method == "" {
					method = http.MethodGet
				}
				r := httptest.NewRequest(method, "/engine.io/?"+c.query, nil)
				for name, values := range c.header {
					r.Header[name] = values
				}
				s.ServeHTTP(httptest.NewRecorder(), r)
			}
			text := out.String()
			if c.says == "" && text != "" || c.says != "" && (strings.Count(text, "level=WARN") != 1 || !strings.Contains(text, c.says)) {
				t.Errorf("%d refused: %s", refused, text)
			}
		})
	}
}

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

// Late requests of sessions that have ended here are daily life; those of other processes aren't.
func TestSessionThatHasEndedIsNoMistake(t *testing.T) {
	var log diary
	r := newRig(t, engineio.Options{Logger: log.logger()})
	p, s := r.poll()
	s.Socket.Discard()
	s.end(engineio.ReasonForcedClose)
	p.gone()
	if text := log.String(); text != "" {
		t.Errorf("logged %s", text)
	}
	other := newRig(t, engineio.Options{})
	stray, _ := other.poll()
	r.do("GET", stray.query, "")
	if text := log.String(); !strings.Contains(text, "sticky sessions") {
		t.Errorf("logged %q of a session of another process", text)
	}
}
