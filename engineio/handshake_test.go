package engineio_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestHandshake(t *testing.T) {
	t.Run("HS-01 polling opens a session", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		a := r.do("GET", "EIO=4&transport=polling", "")
		s := r.session()
		a.is(t, 200, `0{"sid":"`+s.ID()+`","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)
		if got := a.header.Get("Content-Type"); got != "text/plain; charset=UTF-8" {
			t.Errorf("Content-Type %q", got)
		}
		if s.Protocol() != 4 || s.Transport() != engineio.Polling || s.Socket.Closed() {
			t.Errorf("protocol %d, transport %q, closed %v", s.Protocol(), s.Transport(), s.Socket.Closed())
		}
	})
	t.Run("HS-02 a WebSocket opens a session without upgrades", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		w := r.upgrade("EIO=4&transport=websocket", "")
		w.accepted()
		s := r.session()
		w.expect(`0{"sid":"` + s.ID() + `","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`)
		if s.Transport() != engineio.WebSocket {
			t.Errorf("transport %q", s.Transport())
		}
		if got := w.res.Header.Get("Sec-WebSocket-Accept"); got != "BACScCJPNqyz+UBoqMH89VmURoA=" {
			t.Errorf("Sec-WebSocket-Accept %q", got)
		}
	})
	for name, opts := range map[string]engineio.Options{
		"HS-04 no upgrades when only polling is enabled": {Transports: []string{engineio.Polling}},
		"HS-04 no upgrades when they are disabled":       {DisableUpgrades: true},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := newRig(t, opts).poll()
			if len(p.open.Upgrades) != 0 {
				t.Errorf("upgrades %q", p.open.Upgrades)
			}
		})
	}
	t.Run("HS-05 HS-06 configured numbers are told", func(t *testing.T) {
		r := newRig(t, engineio.Options{PingInterval: 1234 * time.Millisecond, PingTimeout: 567 * time.Millisecond, MaxPayload: 89})
		p, _ := r.poll()
		if p.open.PingInterval != 1234 || p.open.PingTimeout != 567 || p.open.MaxPayload != 89 {
			t.Errorf("%+v", p.open)
		}
	})
	t.Run("HS-07 HS-15 HS-16 UP-12 what the application learns of the request", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		check := func(h *engineio.Handshake, transport string) {
			t.Helper()
			q := h.Query()
			if q.Get("transport") != transport || q.Get("a b") != "ü&=" || q.Get("EIO") != "4" {
				t.Errorf("query %q", q)
			}
			if !strings.HasPrefix(h.URL, "/engine.io/?") || h.Address != "127.0.0.1" || h.Secure || time.Since(h.Time) > time.Minute {
				t.Errorf("%+v", h)
			}
			header := h.Header()
			if header.Get("Host") != "engine.test" || header.Get("Cookie") != "k=v" || !slices.Equal(header.Values("X-Two"), []string{"1", "2"}) {
				t.Errorf("header %q", header)
			}
			header.Set("Cookie", "changed")
			if h.Header().Get("Cookie") != "k=v" {
				t.Error("Header returns no copy")
			}
		}
		headers := []string{"Cookie", "k=v", "X-Two", "1", "X-Two", "2"}
		r.do("GET", "EIO=4&transport=polling&a%20b=%C3%BC%26%3D", "", headers...)
		s := r.session()
		check(s.Handshake(), "polling")
		r.upgrade("EIO=4&transport=websocket&a%20b=%C3%BC%26%3D", "", headers...).accepted()
		check(r.session().Handshake(), "websocket")

		text, err := engineio.EncodeHandshake(s.Handshake())
		if err != nil {
			t.Fatal(err)
		}
		copied, err := engineio.DecodeHandshake(text)
		if err != nil || !copied.Time.Equal(s.Handshake().Time) {
			t.Error(copied.Time, err)
		}
		check(copied, "polling")
		for _, name := range []string{`"Time":"20`, `"Address":"127.0.0.1"`, `"Secure":false`, `"URL":"/engine.io/?`, `"Header":{"Cookie":["k=v"],"Host":["engine.test"]`} {
			if !strings.Contains(string(text), name) {
				t.Errorf("%s lacks %s", text, name)
			}
		}

		if text, err := json.Marshal(s.Handshake()); err != nil || strings.Contains(string(text), "k=v") {
			t.Errorf("JSON for clients: %s %v", text, err)
		}

		p := &poller{rig: r, query: "EIO=4&transport=polling&sid=" + s.ID()}
		p.upgraded()
		eventually(t, "the transport changes", func() bool { return s.Transport() == engineio.WebSocket })
		check(s.Handshake(), "polling")
	})
	t.Run("HS-08 ids are unique and twenty characters long", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		seen := map[string]bool{}
		for range 50 {
			p, s := r.poll()
			if seen[s.ID()] || !regexp.MustCompile(`^[A-Za-z0-9_-]{20}$`).MatchString(s.ID()) || p.open.SID != s.ID() {
				t.Fatalf("id %q", s.ID())
			}
			seen[s.ID()] = true
		}
	})
	t.Run("HS-09 ids of a generator", func(t *testing.T) {
		var errs refusals
		r := newRig(t, engineio.Options{
			GenerateID:        func(r *http.Request) (string, error) { return r.URL.Query().Get("want"), nil },
			OnConnectionError: errs.add,
		})
		p, s := r.poll("want=mine")
		if p.open.SID != "mine" || s.ID() != "mine" {
			t.Errorf("ids %q, %q", p.open.SID, s.ID())
		}
		p.posts("4hi")
		s.got("hi")
		// An id that is in use can't be had again; its owner is undisturbed.
		r.do("GET", "EIO=4&transport=polling&want=mine", "").refused(t, 400, 3, "Bad request")
		errs.last(t, engineio.BadRequest, "ID_GENERATION_ERROR", "Bad request")
		r.upgrade("EIO=4&transport=websocket&want=mine", "").refused("Bad request")
		errs.last(t, engineio.BadRequest, "ID_GENERATION_ERROR", "Bad request")
		p.posts("4still here")
		s.got("still here")
	})
	for name, generate := range map[string]func(*http.Request) (string, error){
		"HS-10 a generator that fails":      func(*http.Request) (string, error) { return "", errors.New("no entropy") },
		"HS-10 a generator of an empty id":  func(*http.Request) (string, error) { return "", nil },
		"HS-10 a generator with an id, too": func(*http.Request) (string, error) { return "x", errors.New("no") },
	} {
		t.Run(name, func(t *testing.T) {
			var errs refusals
			r := newRig(t, engineio.Options{GenerateID: generate, OnConnectionError: errs.add})
			r.do("GET", "EIO=4&transport=polling", "").refused(t, 400, 3, "Bad request")
			errs.last(t, engineio.BadRequest, "ID_GENERATION_ERROR", "Bad request")
			r.upgrade("EIO=4&transport=websocket", "").refused("Bad request")
			if e := errs.last(t, engineio.BadRequest, "ID_GENERATION_ERROR", "Bad request"); e.Err == nil || errors.Unwrap(e) != e.Err {
				t.Errorf("cause %v", e.Err)
			}
			r.none()
		})
	}
	t.Run("HS-11 the initial packet follows the open packet", func(t *testing.T) {
		r := newRig(t, engineio.Options{InitialPacket: "40"}, func(s *session) { s.Send(engineio.Text("second"), 0) })
		a := r.do("GET", "EIO=4&transport=polling", "")
		if packets := strings.Split(a.body, "\x1e"); len(packets) != 3 || packets[1] != "440" || packets[2] != "4second" {
			t.Errorf("packets %q", packets)
		}
		w := r.upgrade("EIO=4&transport=websocket", "")
		w.open()
		w.expect("440", "4second")
	})
	t.Run("HS-14 sessions are counted and found", func(t *testing.T) {
		r := newRig(t, engineio.Options{})
		_, a := r.poll()
		w, b := r.websocket()
		if got, ok := r.Socket(a.ID()); r.Count() != 2 || !ok || got != a.Socket {
			t.Errorf("count %d, found %v", r.Count(), ok)
		}
		w.frame(closeFrame, "")
		b.end(engineio.ReasonTransportClose)
		if _, ok := r.Socket("nobody"); r.Count() != 1 || ok {
			t.Errorf("count %d, found %v", r.Count(), ok)
		}
	})
	t.Run("the parent of all contexts", func(t *testing.T) {
		type key struct{}
		r := newRig(t, engineio.Options{ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return context.WithValue(ctx, key{}, r.Header.Get("X-User"))
		}})
		r.do("GET", "EIO=4&transport=polling", "", "X-User", "ann")
		r.upgrade("EIO=4&transport=websocket", "", "X-User", "bob").accepted()
		for _, want := range []string{"ann", "bob"} {
			ctx := r.session().ConnContext()
			if got := ctx.Value(key{}); got != want || ctx.Err() != nil {
				t.Errorf("value %v, error %v, want %v", got, ctx.Err(), want)
			}
		}
		_, s := newRig(t, engineio.Options{}).poll()
		if s.ConnContext() == nil {
			t.Error("no context without the option")
		}
	})
}

func TestPath(t *testing.T) {
	tests := []struct {
		name, path string
		noSlash    bool
		good, bad  []string
	}{
		{"the default", "", false, []string{"/engine.io/", "/engine.io/default"}, []string{"/engine.io", "/", "/other/"}},
		{"slashes are added", "chat", false, []string{"/chat/"}, []string{"/chat", "/engine.io/"}},
		{"HS-12 no trailing slash", "/chat/", true, []string{"/chat", "/chat/", "/chat/deeper"}, []string{"/cha", "/"}},
		{"the root", "/", false, []string{"/", "/any"}, nil},
		{"two parts", "/a/b/", false, []string{"/a/b/"}, []string{"/a/", "/a/b"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{Path: test.path, NoTrailingSlash: test.noSlash})
			for _, path := range test.good {
				if a := r.do("GET", path+"?EIO=4&transport=polling", ""); a.status != 200 || !r.Matches(path) {
					t.Errorf("%s: %d %q", path, a.status, a.body)
				}
				r.session()
				r.upgrade(path+"?EIO=4&transport=websocket", "").accepted()
				r.session()
			}
			for _, path := range test.bad {
				if a := r.do("GET", path+"?EIO=4&transport=polling", ""); a.status != 404 || r.Matches(path) {
					t.Errorf("ER-16 %s: %d %q", path, a.status, a.body)
				}
			}
		})
	}
}

func TestUP11TwoServersOnOneHTTPServer(t *testing.T) {
	other := engineio.New(engineio.Options{Path: "/other/"}, func(*engineio.Socket) engineio.Receiver { return nobody{} })
	defer other.Close()
	route := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if other.Matches(r.URL.Path) {
				other.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	r := newRig(t, engineio.Options{Path: "/", Middleware: []func(http.Handler) http.Handler{route}})
	p, s := r.poll()
	w := r.upgrade("/other/?EIO=4&transport=websocket", "")
	w.accepted()
	w.open()
	u := p.upgraded()
	u.text("4mine")
	s.got("mine")
	if r.Count() != 1 || other.Count() != 1 {
		t.Errorf("sessions %d and %d", r.Count(), other.Count())
	}
}

type nobody struct{}

func (nobody) Message([]byte, bool)          {}
func (nobody) Closed(engineio.Reason, error) {}
