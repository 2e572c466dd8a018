package engineio_test

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/madang-chat/madang/engineio"
)

// refusedWith tries both transports, from a page of another origin, and compares the answers.
func (r *rig) refusedWith(status int, message, retryAfter string) {
	r.t.Helper()
	page := []string{"Origin", "http://page.test"}
	a := r.do("GET", "EIO=4&transport=polling", "", page...)
	a.refused(r.t, status, 4, message)
	w := r.upgrade("EIO=4&transport=websocket", "", page...)
	if w.res.StatusCode != status {
		r.t.Errorf("WebSocket: %s", w.res.Status)
	}
	for transport, h := range map[string]http.Header{"polling": a.header, "websocket": w.res.Header} {
		if got := h.Get("Retry-After"); got != retryAfter {
			r.t.Errorf("%s: Retry-After %q, want %q", transport, got, retryAfter)
		}
		if got := h.Get("Access-Control-Allow-Origin"); got != "http://page.test" {
			r.t.Errorf("%s: the page may not read it: %q", transport, got)
		}
	}
	r.none()
}

func TestRefusalChoosesItsStatus(t *testing.T) {
	cause := errors.New("the database is away")
	for name, tt := range map[string]struct {
		err        error
		status     int
		message    string
		retryAfter string
	}{
		"401":                 {&engineio.Refusal{Status: 401, Message: "log in"}, 401, "log in", ""},
		"401 without message": {&engineio.Refusal{Status: 401}, 401, "Unauthorized", ""},
		"403":                 {&engineio.Refusal{Status: 403, Message: "not you"}, 403, "not you", ""},
		"nothing said":        {&engineio.Refusal{}, 403, "Forbidden", ""},
		"429":                 {&engineio.Refusal{Status: 429, RetryAfter: time.Minute}, 429, "Too Many Requests", "60"},
		"a part of a second":  {&engineio.Refusal{Status: 429, RetryAfter: 1}, 429, "Too Many Requests", "1"},
		"rounded up":          {&engineio.Refusal{Status: 429, RetryAfter: 1001 * time.Millisecond}, 429, "Too Many Requests", "2"},
		"429 at any time":     {&engineio.Refusal{Status: 429}, 429, "Too Many Requests", ""},
		"negative time":       {&engineio.Refusal{Status: 503, RetryAfter: -time.Hour}, 503, "Service Unavailable", ""},
		"503 with cause":      {&engineio.Refusal{Status: 503, RetryAfter: 5 * time.Second, Message: "soon", Err: cause}, 503, "soon", "5"},
		"unknown status":      {&engineio.Refusal{Status: 599}, 599, "Forbidden", ""},
		"wrapped":             {fmt.Errorf("look at the token: %w", &engineio.Refusal{Status: 401, Message: "log in"}), 401, "log in", ""},
		"joined":              {errors.Join(cause, &engineio.Refusal{Status: 401, Message: "log in"}), 401, "log in", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var errs refusals
			r := newRig(t, engineio.Options{
				CORS: &engineio.CORS{Origins: []string{"http://page.test"}}, OnConnectionError: errs.add,
				AllowRequest: func(*http.Request) error { return tt.err },
			})
			r.refusedWith(tt.status, tt.message, tt.retryAfter)
			if len(errs.list) != 2 {
				t.Fatalf("%d refusals were told", len(errs.list))
			}
			for _, e := range errs.list {
				if e.Code != engineio.Forbidden || e.Message != tt.message || !errors.Is(e, tt.err) {
					t.Errorf("told %+v", e)
				}
			}
		})
	}
}

// A status that refuses nothing would let a client think that it is in.
func TestRefusalWithABadStatus(t *testing.T) {
	for _, status := range []int{-1, 99, 101, 200, 302, 399, 600, 1000} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			var log diary
			r := newRig(t, engineio.Options{
				CORS: &engineio.CORS{Origins: []string{"http://page.test"}}, Logger: log.logger(),
				AllowRequest: func(*http.Request) error { return &engineio.Refusal{Status: status, Message: "no"} },
			})
			r.refusedWith(403, "no", "")
			log.says(t, "Refusal")
		})
	}
}

func TestNilRefusalIsNone(t *testing.T) {
	r := newRig(t, engineio.Options{AllowRequest: func(*http.Request) error { return (*engineio.Refusal)(nil) }})
	p, s := r.poll()
	p.posts("4x")
	s.got("x")
}

// What a middleware answers is the answer, and a page of another origin may read it.
func TestMiddlewareChoosesItsStatus(t *testing.T) {
	for _, status := range []int{401, 403, 429, 503} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			var errs refusals
			r := newRig(t, engineio.Options{
				CORS: &engineio.CORS{Origins: []string{"http://page.test"}}, OnConnectionError: errs.add,
				Middleware: []func(http.Handler) http.Handler{func(http.Handler) http.Handler {
					return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						w.Header().Set("Retry-After", "7")
						w.Header().Set("Content-Type", "application/json")
						w.WriteHeader(status)
						fmt.Fprint(w, `{"code":4,"message":"no"}`)
					})
				}},
			})
			r.refusedWith(status, "no", "7")
			if len(errs.list) != 0 {
				t.Error("the engine refused what it didn't see")
			}
		})
	}
}

// A middleware that asks IsHandshake sees each connection once, before it opens.
func TestIsHandshake(t *testing.T) {
	var seen []string
	opts := engineio.Options{Middleware: []func(http.Handler) http.Handler{func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if engineio.IsHandshake(r) {
				seen = append(seen, r.Method+" "+r.URL.Query().Get("transport"))
			}
			next.ServeHTTP(w, r)
		})
	}}}
	r := newRig(t, opts)
	only := func(what string, want ...string) {
		t.Helper()
		if fmt.Sprint(seen) != fmt.Sprint(want) {
			t.Errorf("%s: %q, want %q", what, seen, want)
		}
		seen = nil
	}
	p, s := r.poll()
	only("polling", "GET polling")
	p.posts("4x")
	s.got("x")
	s.send("y")
	p.get()
	p.upgraded().text("4z")
	s.got("z")
	only("later requests and the upgrade")
	r.do("OPTIONS", "EIO=4&transport=polling", "", "Origin", "http://page.test")
	r.do("POST", "EIO=4&transport=polling", "4x")
	r.do("GET", "EIO=4&transport=polling&sid=x", "")
	only("preflight, a POST and an unknown session")
	r.websocket()
	only("WebSocket", "GET websocket")
	// What the engine opens a session for is a handshake, however it is written.
	for _, query := range []string{"sid=&", "sid=&sid=x&", "SID=x&", "sid&"} {
		r.do("GET", query+"EIO=4&transport=polling", "")
		r.session()
		only(query, "GET polling")
	}
	r.do("GET", "%73id="+s.ID()+"&EIO=4&transport=polling", "")
	only("an escaped sid")
}
