package engineio_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// refusals collects what OnConnectionError is told.
type refusals struct {
	mu   sync.Mutex
	list []*engineio.ConnectionError // guarded by mu
}

func (l *refusals) add(e *engineio.ConnectionError) {
	l.mu.Lock()
	l.list = append(l.list, e)
	l.mu.Unlock()
}

// last compares the only refusal since the last call.
func (l *refusals) last(t *testing.T, code engineio.Code, name, message string) *engineio.ConnectionError {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.list) != 1 {
		t.Fatalf("ER-11 %d refusals were told", len(l.list))
	}
	e := l.list[0]
	l.list = nil
	if e.Code != code || e.Name != name || e.Message != message || e.Request == nil || !strings.Contains(e.Error(), message) {
		t.Fatalf("ER-11 told %+v, want %d %q %q", e, code, name, message)
	}
	return e
}

// refused checks the answer to an upgrade request: 400, the message as text, and the end of the
// connection.
func (w *wire) refused(message string) {
	w.t.Helper()
	body, err := io.ReadAll(w.res.Body)
	if err != nil || w.res.StatusCode != 400 || string(body) != message || w.res.Header.Get("Content-Type") != "text/html" {
		w.t.Fatalf("ER-12 upgrade: %s %q %v", w.res.Status, body, err)
	}
	if n, err := w.in.Read(make([]byte, 1)); err != io.EOF {
		w.t.Fatalf("ER-12 after the refusal: %d bytes, %v", n, err)
	}
}

func TestRefusals(t *testing.T) {
	forbid := func(err error) func(*http.Request) error { return func(*http.Request) error { return err } }
	tests := []struct {
		name            string
		opts            engineio.Options
		method, request string
		upgrade         bool
		status          int
		code            engineio.Code
		context         string
		message         string
	}{
		{name: "ER-01 unknown transport", request: "EIO=4&transport=tobi", code: 0},
		{name: "ER-01 no transport", request: "EIO=4", code: 0},
		{name: "ER-01 transport constructor", request: "EIO=4&transport=constructor", code: 0},
		{name: "ER-01 transport __proto__", request: "EIO=4&transport=__proto__", code: 0},
		{name: "ER-01 transport that is off", opts: engineio.Options{Transports: []string{engineio.WebSocket}}, request: "EIO=4&transport=polling", code: 0},
		{name: "ER-01 WebSocket off", opts: engineio.Options{Transports: []string{engineio.Polling}}, request: "EIO=4&transport=websocket", upgrade: true, code: 0},
		{name: "ER-01 upgrade, unknown transport", request: "EIO=4&transport=tobi", upgrade: true, code: 0},
		{name: "ER-02 unknown sid", request: "EIO=4&transport=polling&sid=test", code: 1},
		{name: "ER-02 sid __proto__", request: "EIO=4&transport=polling&sid=__proto__", code: 1},
		{name: "ER-02 POST to unknown sid", method: "POST", request: "EIO=4&transport=polling&sid=test", code: 1},
		{name: "ER-02 upgrade of unknown sid", request: "EIO=4&transport=websocket&sid=test", upgrade: true, code: 1},
		{name: "ER-03 POST", method: "POST", request: "EIO=4&transport=polling", code: 2},
		{name: "ER-03 PUT", method: "PUT", request: "EIO=4&transport=polling", code: 2},
		{name: "CR-06 OPTIONS without CORS", method: "OPTIONS", request: "EIO=4&transport=polling", code: 2},
		{name: "ER-04 WebSocket by plain GET", request: "EIO=4&transport=websocket", code: 3, context: "TRANSPORT_HANDSHAKE_ERROR"},
		{name: "ER-04 upgrade for polling", request: "EIO=4&transport=polling", upgrade: true, code: 3, context: "TRANSPORT_HANDSHAKE_ERROR"},
		{name: "large URL", opts: engineio.Options{MaxHandshake: 1000}, request: "EIO=4&transport=polling&x=" + strings.Repeat("x", 1000), code: 3, context: "HANDSHAKE_TOO_LARGE"},
		{name: "large URL of an upgrade", opts: engineio.Options{MaxHandshake: 1000}, request: "EIO=4&transport=websocket&x=" + strings.Repeat("x", 1000), upgrade: true, code: 3, context: "HANDSHAKE_TOO_LARGE"},
		{name: "large headers", opts: engineio.Options{MaxHandshake: 40}, request: "EIO=4&transport=polling", code: 3, context: "HANDSHAKE_TOO_LARGE"},
		{name: "ER-07 the application's message", opts: engineio.Options{AllowRequest: forbid(errors.New("Thou shall not pass"))}, request: "EIO=4&transport=polling", status: 403, code: 4, message: "Thou shall not pass"},
		{name: "ER-07 no message", opts: engineio.Options{AllowRequest: forbid(errors.New(""))}, request: "EIO=4&transport=polling", status: 403, code: 4},
		{name: "ER-08 refused WebSocket", opts: engineio.Options{AllowRequest: forbid(errors.New("not you"))}, request: "EIO=4&transport=websocket", upgrade: true, code: 4, message: "not you"},
		{name: "ER-09 no EIO", request: "transport=polling", code: 5},
		{name: "ER-09 V3-01 revision 3", request: "EIO=3&transport=polling", code: 5},
		{name: "ER-09 revision 5", request: "EIO=5&transport=polling", code: 5},
		{name: "ER-09 upgrade in revision 3", request: "EIO=3&transport=websocket", upgrade: true, code: 5},
	}
	messages := []string{"Transport unknown", "Session ID unknown", "Bad handshake method", "Bad request", "Forbidden", "Unsupported protocol version"}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var errs refusals
			test.opts.OnConnectionError = errs.add
			r := newRig(t, test.opts)
			if test.message == "" {
				test.message = messages[test.code]
			}
			if test.upgrade {
				r.upgrade(test.request, "").refused(test.message)
			} else {
				status := max(test.status, 400)
				r.do(max(test.method, "GET"), test.request, "").refused(t, status, int(test.code), test.message)
			}
			e := errs.last(t, test.code, test.context, test.message)
			if (test.opts.AllowRequest != nil) != (e.Err != nil) {
				t.Errorf("cause %v", e.Err)
			}
			r.none()
		})
	}
}

func TestRefusalsOfKnownSessions(t *testing.T) {
	var errs refusals
	r := newRig(t, engineio.Options{AllowEIO3: true, OnConnectionError: errs.add})
	w, s := r.websocket()
	ofSocket := "EIO=4&sid=" + s.ID() + "&transport="
	p, polling := r.poll()

	r.do("GET", ofSocket+"polling", "").refused(t, 400, 3, "Bad request")
	errs.last(t, engineio.BadRequest, "TRANSPORT_MISMATCH", "Bad request")
	r.do("POST", ofSocket+"polling", "4x").refused(t, 400, 3, "Bad request")
	errs.last(t, engineio.BadRequest, "TRANSPORT_MISMATCH", "Bad request")
	r.do("GET", ofSocket+"websocket", "").refused(t, 400, 3, "Bad request")
	errs.last(t, engineio.BadRequest, "TRANSPORT_MISMATCH", "Bad request")
	r.do("GET", "EIO=4&transport=websocket&sid="+polling.ID(), "").refused(t, 400, 3, "Bad request")
	errs.last(t, engineio.BadRequest, "TRANSPORT_MISMATCH", "Bad request")
	r.upgrade("EIO=4&transport=polling&sid="+polling.ID(), "").refused("Bad request")
	errs.last(t, engineio.BadRequest, "TRANSPORT_MISMATCH", "Bad request")

	for _, method := range []string{"GET", "POST"} {
		r.do(method, "EIO=3&transport=polling&sid="+polling.ID(), "").refused(t, 400, 3, "Bad request")
		errs.last(t, engineio.BadRequest, "PROTOCOL_MISMATCH", "Bad request")
	}
	r.upgrade("transport=websocket&sid="+polling.ID(), "").refused("Bad request")
	errs.last(t, engineio.BadRequest, "PROTOCOL_MISMATCH", "Bad request")

	for _, method := range []string{"PUT", "DELETE", "HEAD", "PATCH"} {
		if a := r.do(method, p.query, ""); a.status != 500 {
			t.Errorf("ER-15 %s: %d", method, a.status)
		}
	}

	w.text("4unharmed")
	s.got("unharmed")
	p.posts("4unharmed")
	polling.got("unharmed")
}

func TestER02AllowRequestIsForHandshakesOnly(t *testing.T) {
	calls := 0
	r := newRig(t, engineio.Options{AllowRequest: func(*http.Request) error { calls++; return nil }})
	p, s := r.poll()
	p.posts("4x")
	p.upgraded().text("4y")
	s.got("x", "y")
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
}

func TestMalformedUpgrades(t *testing.T) {
	handshake := func(sid string) string {
		return "GET /engine.io/?EIO=4&transport=websocket" + sid + " HTTP/1.1\r\nHost: engine.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
	}
	tests := []struct {
		name, request, glued string
		status               string
	}{
		{"ER-13 no key and no version", handshake(""), "", "400"},
		{"ER-13 no key", handshake("") + "Sec-WebSocket-Version: 13\r\n", "", "400"},
		{"ER-13 no version", handshake("") + "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n", "", "400"},
		{"ER-13 a short key", handshake("") + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: abcd\r\n", "", "400"},
		{"ER-14 garbage behind the request", "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: engine.test\r\n" + upgradeHeader, "garbage that is no frame", "101"},
		{"ER-14 garbage behind a request of a session", "GET /engine.io/?EIO=4&transport=websocket&sid=SID HTTP/1.1\r\nHost: engine.test\r\n" + upgradeHeader, "garbage", "101"},
		{"ER-10 an origin with characters that aren't allowed", "GET /engine.io/?EIO=4&transport=polling HTTP/1.1\r\nHost: engine.test\r\nOrigin: http://\x01\r\n", "", "400"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{})
			p, s := r.poll()
			conn, err := r.dial()
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			io.WriteString(conn, strings.Replace(test.request, "SID", s.ID(), 1)+"\r\n"+test.glued)
			line := make([]byte, len("HTTP/1.1 400"))
			if _, err := io.ReadFull(conn, line); err != nil || string(line) != "HTTP/1.1 "+test.status {
				t.Fatalf("answer %q %v", line, err)
			}
			p.posts("4unharmed")
			s.got("unharmed")
			r.works()
		})
	}
}

// works checks that the server still accepts a WebSocket and a message on it.
func (r *rig) works() {
	r.t.Helper()
	w := r.upgrade("EIO=4&transport=websocket", "")
	w.accepted()
	sid := w.open().SID
	eventually(r.t, "the session is there", func() bool { _, ok := r.Socket(sid); return ok })
	w.text("2")
	if code := w.closing(); code != noCode {
		r.t.Fatalf("HB-05 closed with %d", code)
	}
}
