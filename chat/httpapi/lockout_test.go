package httpapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
)

// from sends a request of an address, with the cookies of a session when there is a token.
func (s *site) from(address, method, path, token string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	r.RemoteAddr = address + ":5000"
	if token != "" {
		r.Header.Set("Cookie", "sid="+token)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	return w
}

// Who goes on after many refusals is locked out: an address whose requests bring no session, and
// else the visitor alone.
func TestD1LockedOut(t *testing.T) {
	s := openLimited(t, chat.Limits{Offences: 5, SessionsPerMinute: 2, HistoryPerSecond: 1})
	const flood, other = "192.0.2.1", "192.0.2.2"
	first := s.from(flood, "GET", "/", "")
	token := ""
	for _, c := range first.Result().Cookies() {
		token = c.Value
	}
	for i := range 6 {
		w := s.from(flood, "GET", "/", "", asBrowser)
		if want := i > 0; (w.Code == 429) != want {
			t.Fatalf("request %d: status %d", i, w.Code)
		}
	}
	w := s.from(flood, "GET", "/", "", asBrowser)
	d := answer{nil, w.Body.String()}.data(t)
	if w.Code != 429 || d.Error == nil || d.Error.Code != "LOCKED_OUT" || d.Error.Limit != "offences" || d.Error.N != 5 ||
		d.Error.RetryAfterMs < 590_000 || d.Error.RetryAfterMs > 600_000 || len(w.Header().Get("Retry-After")) != 3 || d.Me.ID != "" {
		t.Errorf("%d %v %+v", w.Code, w.Header(), d.Error)
	}
	for path, status := range map[string]int{
		"/room": 429, "/gif/x.gif": 429, "/nothing": 429, "/socket.io/?EIO=4": 429,
		// And what shows the page.
		"/healthz": 200, "/readyz": 200, "/assets/page-1.js": 200, "/logo.svg": 200,
	} {
		for _, token := range []string{"", token} {
			if w := s.from(flood, "GET", path, token); w.Code != status {
				t.Errorf("%s: status %d", path, w.Code)
			}
		}
	}
	if w := s.from(flood, "POST", "/lang", ""); w.Code != 429 || !strings.Contains(w.Body.String(), `"limit":"offences","n":5`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// The visitor itself isn't to blame, somewhere else.
	if w := s.from(other, "GET", "/", token); w.Code != 200 {
		t.Errorf("status %d", w.Code)
	}
	if n := strings.Count(s.log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings: %s", n, s.log)
	}
	if strings.Contains(s.log.String(), "level=INFO msg=request method=GET path=/ status=429") {
		t.Errorf("each refusal is a line: %s", s.log)
	}
}

func TestD1VisitorIsLockedOut(t *testing.T) {
	s := openLimited(t, chat.Limits{Offences: 5, SendPerSecond: 0.001, SendBurst: 1})
	s.server.Start()
	bad, good := s.browser(), s.browser()
	id := bad.open(`{"title":"마당"}`)
	bad.sit(id)
	good.visit("/")
	bad.postJSON("/room/"+id+"/chat", `{"chat":"안녕"}`).wants(t, 200)
	for range 4 {
		f := bad.postJSON("/room/"+id+"/chat", `{"chat":"안녕"}`).fails(t, 429, chat.RateLimited)
		if f.Error.Limit != "send-per-second" || f.Error.RetryAfterMs == 0 {
			t.Errorf("error %+v", f.Error)
		}
	}
	bad.postJSON("/room/"+id+"/chat", `{"chat":"안녕"}`).fails(t, 429, chat.LockedOut)
	bad.get("/room/"+id+"/messages").fails(t, 429, chat.LockedOut)
	bad.get("/gif/none.gif").fails(t, 429, chat.LockedOut)
	if a := bad.visit("/room/" + id); a.StatusCode != 429 || a.data(t).Error.Code != "LOCKED_OUT" {
		t.Errorf("status %d", a.StatusCode)
	}
	good.visit("/room/"+id).wants(t, 200)
}

// The page that tells of a limit has what it counts down from.
func TestPagesOfLimits(t *testing.T) {
	s := openLimited(t, chat.Limits{Guesses: 1})
	s.server.Start()
	id := s.browser().open(`{"title":"잠긴 방","password":"s3cret-pass"}`)
	b := s.browser()
	b.visit("/room/"+id+"?password=s3cret-wrong").wants(t, 303)
	a := b.visit("/room/" + id + "?password=s3cret-wrong")
	a.wants(t, 429)
	if e := a.data(t).Error; e == nil || e.Code != "RATE_LIMITED" || e.Limit != "guesses" || e.N != 1 || e.RetryAfterMs < 170_000 ||
		e.Status != 429 || !strings.Contains(e.Message, "3분") || a.Header.Get("Retry-After") != "180" {
		t.Errorf("error %+v, %v", e, a.Header)
	}
}
