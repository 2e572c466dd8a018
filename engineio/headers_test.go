package engineio_test

import (
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

func TestCookies(t *testing.T) {
	tests := []struct {
		name   string
		cookie *http.Cookie
		want   string // of an id "SID"
	}{
		{"CK-01 none by default", nil, ""},
		{"CK-02 the usual one", &http.Cookie{HttpOnly: true, SameSite: http.SameSiteLaxMode}, "io=SID; Path=/; HttpOnly; SameSite=Lax"},
		{"CK-03 everything else", &http.Cookie{Name: "woot", Path: "/foo", SameSite: http.SameSiteStrictMode, Secure: true, MaxAge: 60},
			"woot=SID; Path=/foo; Max-Age=60; Secure; SameSite=Strict"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{Cookie: test.cookie})
			check := func(how string, h http.Header, sid, want string) {
				t.Helper()
				if got := strings.Replace(h.Get("Set-Cookie"), sid, "SID", 1); got != want {
					t.Errorf("%s: %q", how, got)
				}
			}
			p, s := r.poll()
			a := r.do("GET", "EIO=4&transport=polling", "")
			check("polling", a.header, r.session().ID(), test.want)
			w := r.upgrade("EIO=4&transport=websocket", "")
			check("WebSocket", w.res.Header, r.session().ID(), test.want)
			s.send("x")
			check("later GET", p.get().header, "SID", "")
			check("POST", p.post("4x").header, "SID", "")
			check("upgrade", p.probe().res.Header, "SID", "")
		})
	}
	t.Run("CK-04 cookies of the application besides", func(t *testing.T) {
		r := newRig(t, engineio.Options{Cookie: &http.Cookie{Name: "io"}, InitialHeaders: func(h http.Header, _ *http.Request) {
			h.Add("Set-Cookie", "mycookie=1")
		}})
		if got := r.do("GET", "EIO=4&transport=polling", "").header.Values("Set-Cookie"); len(got) != 2 || got[1] != "mycookie=1" {
			t.Errorf("%q", got)
		}
		if got := r.upgrade("EIO=4&transport=websocket", "").res.Header.Values("Set-Cookie"); len(got) != 2 || got[1] != "mycookie=1" {
			t.Errorf("%q", got)
		}
	})
}

func TestHeaderHooks(t *testing.T) {
	r := newRig(t, engineio.Options{
		InitialHeaders: func(h http.Header, r *http.Request) { h.Set("Initial", r.URL.Query().Get("n")) },
		Headers:        func(h http.Header, r *http.Request) { h.Set("Every", r.Method) },
	})
	check := func(how string, h http.Header, initial, every string) {
		t.Helper()
		if h.Get("Initial") != initial || h.Get("Every") != every {
			t.Errorf("%s: %q %q", how, h.Get("Initial"), h.Get("Every"))
		}
	}
	check("HD-01 HD-02 handshake", r.do("GET", "EIO=4&transport=polling&n=1", "").header, "1", "GET")
	check("HD-01 HD-02 101", r.upgrade("EIO=4&transport=websocket&n=2", "").res.Header, "2", "GET")
	r.session()
	r.session()
	p, s := r.poll()
	s.send("x")
	check("HD-02 later GET", p.get().header, "", "GET")
	check("HD-02 POST", p.post("4x").header, "", "POST")
	check("HD-02 101 of an upgrade", p.probe().res.Header, "", "GET")
}

func TestMiddleware(t *testing.T) {
	mark := func(name string) func(http.Handler) http.Handler {
		return func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Add("Passed", name)
				next.ServeHTTP(w, r)
			})
		}
	}
	t.Run("HD-03 in order, on every request and upgrade", func(t *testing.T) {
		r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{mark("a"), mark("b")}})
		p, s := r.poll()
		s.send("x")
		for how, h := range map[string]http.Header{
			"GET": p.get().header, "POST": p.post("4x").header, "upgrade": p.probe().res.Header,
			"101": r.upgrade("EIO=4&transport=websocket", "").res.Header, "refusal": r.do("GET", "transport=x", "").header,
		} {
			if got := h.Values("Passed"); !slices.Equal(got, []string{"a", "b"}) {
				t.Errorf("%s: %q", how, got)
			}
		}
	})
	t.Run("HD-03 a cookie that is added as the answer is written", func(t *testing.T) {
		// Session libraries work so: the cookie is known only when the header is written.
		r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { next.ServeHTTP(&lateCookie{ResponseWriter: w}, r) })
		}}})
		if got := r.do("GET", "EIO=4&transport=polling", "").header.Get("Set-Cookie"); got != "session=1" {
			t.Errorf("polling: %q", got)
		}
		r.session()
		w, s := r.websocket()
		if got := w.res.Header.Get("Set-Cookie"); got != "session=1" {
			t.Errorf("101: %q", got)
		}
		w.text("4works")
		s.got("works")
	})
	t.Run("HD-04 HD-05 one that answers itself", func(t *testing.T) {
		for _, status := range []int{503, 400} {
			var refused atomic.Int32
			r := newRig(t, engineio.Options{
				Middleware: []func(http.Handler) http.Handler{func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", status) })
				}},
				OnConnectionError: func(*engineio.ConnectionError) { refused.Add(1) },
			})
			r.do("GET", "EIO=4&transport=polling", "").is(t, status, "no\n")
			if got := r.upgrade("EIO=4&transport=websocket", "").res.StatusCode; got != status {
				t.Errorf("upgrade: %d", got)
			}
			r.none()
			if refused.Load() != 0 {
				t.Error("the engine refused a request it didn't see")
			}
		}
	})
	t.Run("ServeHTTP of an upgrade returns at once", func(t *testing.T) {
		returned := make(chan bool, 1)
		r := newRig(t, engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				returned <- true
			})
		}}})
		w, s := r.websocket()
		receive(t, r.patience, "return", returned)
		w.text("4x")
		s.got("x")
	})
}

// lateCookie adds a cookie when the header is written.
type lateCookie struct{ http.ResponseWriter }

func (w *lateCookie) WriteHeader(status int) {
	w.Header().Set("Set-Cookie", "session=1")
	w.ResponseWriter.WriteHeader(status)
}

func (w *lateCookie) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestCORS(t *testing.T) {
	const origin = "http://good.test"
	preflight := []string{"Origin", origin, "Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "X-A, X-B"}
	tests := []struct {
		name   string
		cors   *engineio.CORS
		method string
		header []string
		status int
		want   map[string]string // the CORS headers, all of them
	}{
		{name: "CR-01 preflight of an allowed origin", cors: &engineio.CORS{Origins: []string{origin}, Credentials: true}, method: "OPTIONS", header: preflight, status: 204,
			want: map[string]string{"Allow-Origin": origin, "Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE", "Allow-Headers": "X-A, X-B", "Allow-Credentials": "true"}},
		{name: "CR-02 actual request", cors: &engineio.CORS{Origins: []string{"http://x.test", origin}, Credentials: true}, method: "GET", header: []string{"Origin", origin}, status: 200,
			want: map[string]string{"Allow-Origin": origin, "Allow-Credentials": "true"}},
		{name: "CR-03 preflight of another origin", cors: &engineio.CORS{Origins: []string{"http://other.test"}}, method: "OPTIONS", header: preflight, status: 204,
			want: map[string]string{"Allow-Methods": "GET,HEAD,PUT,PATCH,POST,DELETE", "Allow-Headers": "X-A, X-B"}},
		{name: "CR-03 the origin comes back", cors: &engineio.CORS{AllowOrigin: func(o string, r *http.Request) bool { return o == origin && r != nil }}, method: "GET", header: []string{"Origin", origin}, status: 200,
			want: map[string]string{"Allow-Origin": origin}},
		{name: "CR-03 a function refuses", cors: &engineio.CORS{AllowOrigin: func(string, *http.Request) bool { return false }}, method: "GET", header: []string{"Origin", origin}, status: 200,
			want: map[string]string{}},
		{name: "CR-03 all origins", cors: &engineio.CORS{}, method: "GET", header: []string{"Origin", origin}, status: 200,
			want: map[string]string{"Allow-Origin": "*"}},
		{name: "CR-03 all origins with credentials", cors: &engineio.CORS{AllowOrigin: func(string, *http.Request) bool { return true }, Credentials: true}, method: "GET", header: []string{"Origin", origin}, status: 200,
			want: map[string]string{"Allow-Origin": origin, "Allow-Credentials": "true"}},
		{name: "CR-03 a request without origin", cors: &engineio.CORS{Origins: []string{origin}}, method: "GET", status: 200, want: map[string]string{}},
		{name: "CR-04 everything configured", cors: &engineio.CORS{Origins: []string{origin}, Methods: []string{"GET", "POST"}, AllowedHeaders: []string{"my-header", "other"},
			ExposedHeaders: []string{"a", "b"}, MaxAge: 123 * time.Second, PreflightStatus: 200}, method: "OPTIONS", header: preflight, status: 200,
			want: map[string]string{"Allow-Origin": origin, "Allow-Methods": "GET,POST", "Allow-Headers": "my-header,other", "Expose-Headers": "a,b", "Max-Age": "123"}},
		{name: "CR-04 exposed headers on an actual request", cors: &engineio.CORS{ExposedHeaders: []string{"a", "b"}}, method: "GET", status: 200,
			want: map[string]string{"Allow-Origin": "*", "Expose-Headers": "a,b"}},
		{name: "CR-05 on a refusal", cors: &engineio.CORS{}, method: "POST", status: 400, want: map[string]string{"Allow-Origin": "*"}},
		{name: "CR-06 no CORS", method: "GET", header: []string{"Origin", origin}, status: 200, want: map[string]string{}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, engineio.Options{CORS: test.cors})
			a := r.do(test.method, "EIO=4&transport=polling", "", test.header...)
			if a.status != test.status || test.method == "OPTIONS" && a.body != "" {
				t.Errorf("answer %d %q", a.status, a.body)
			}
			got := map[string]string{}
			for name, values := range a.header {
				if short, ok := strings.CutPrefix(name, "Access-Control-"); ok {
					got[short] = strings.Join(values, "|")
				}
			}
			for name := range got {
				if got[name] != test.want[name] {
					t.Errorf("%s: %q, want %q", name, got[name], test.want[name])
				}
			}
			for name := range test.want {
				if _, ok := got[name]; !ok {
					t.Errorf("no %s", name)
				}
			}
			if named := got["Allow-Origin"] == origin; named && !slices.Contains(a.header.Values("Vary"), "Origin") {
				t.Errorf("Vary %q", a.header.Values("Vary"))
			}
			if test.method == "OPTIONS" {
				r.none()
			}
		})
	}
	t.Run("CR-05 CR-07 a whole session", func(t *testing.T) {
		r := newRig(t, engineio.Options{CORS: &engineio.CORS{Origins: []string{origin}}})
		p, s := r.poll()
		s.send("x")
		for how, a := range map[string]answer{
			"GET": r.do("GET", p.query, "", "Origin", origin), "POST": r.do("POST", p.query, "4y", "Origin", origin),
		} {
			if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != origin {
				t.Errorf("%s: %d %q", how, a.status, a.header)
			}
		}
		s.got("y")
		if got := r.upgrade("EIO=4&transport=websocket", "", "Origin", origin).res.Header.Get("Access-Control-Allow-Origin"); got != origin {
			t.Errorf("101: %q", got)
		}
	})
}
