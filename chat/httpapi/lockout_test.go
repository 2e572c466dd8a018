package httpapi_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
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

// An address whose requests bring no session, and go on after many refusals, is locked out. Who was
// there before goes on.
func TestD1LockedOut(t *testing.T) {
	s := openLimited(t, chat.Limits{OffencesPerAddress: 5, SessionsPerMinute: 2, HistoryPerSecond: 1})
	const flood, other = "192.0.2.1", "192.0.2.2"
	first := s.from(flood, "GET", "/", "")
	known := ""
	for _, c := range first.Result().Cookies() {
		known = c.Value
	}
	for i := range 6 {
		w := s.from(flood, "GET", "/", "", asBrowser)
		if want := i > 0; (w.Code == 429) != want {
			t.Fatalf("request %d: status %d", i, w.Code)
		}
	}
	w := s.from(flood, "GET", "/", "", asBrowser)
	d := answer{nil, w.Body.String()}.data(t)
	if w.Code != 429 || d.Error == nil || d.Error.Code != "LOCKED_OUT" || d.Error.Limit != "offences-per-address" || d.Error.N != 5 ||
		d.Error.RetryAfterMs < 590_000 || d.Error.RetryAfterMs > 600_000 || len(w.Header().Get("Retry-After")) != 3 || d.Me.ID != "" {
		t.Errorf("%d %v %+v", w.Code, w.Header(), d.Error)
	}
	time.Sleep(5 * time.Millisecond)
	late, _, err := s.house.NewSession(t.Context(), "ko", "")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		path            string
		nobody, visitor int
	}{
		{"/", 429, 200}, {"/room", 429, 200}, {"/gif/x.gif", 429, 404}, {"/nothing", 429, 404},
		// And what shows the page.
		{"/healthz", 200, 200}, {"/readyz", 200, 200}, {"/assets/page-1.js", 200, 200}, {"/logo.svg", 200, 200},
	} {
		for _, token := range []string{"", "junk", strings.Repeat("A", 43), late} {
			if w := s.from(flood, "GET", c.path, token); w.Code != c.nobody {
				t.Errorf("%s with %q: status %d", c.path, token, w.Code)
			}
		}
		if w := s.from(flood, "GET", c.path, known); w.Code != c.visitor {
			t.Errorf("%s: status %d for a visitor", c.path, w.Code)
		}
	}
	if w := s.from(flood, "POST", "/lang", ""); w.Code != 429 || !strings.Contains(w.Body.String(), `"limit":"offences-per-address","n":5`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// Nobody is to blame somewhere else.
	for _, token := range []string{known, late} {
		if w := s.from(other, "GET", "/", token); w.Code != 200 {
			t.Errorf("status %d", w.Code)
		}
	}
	if n := strings.Count(s.log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings: %s", n, s.log)
	}
	if strings.Contains(s.log.String(), "level=INFO msg=request method=GET path=/ status=429") {
		t.Errorf("each refusal is a line: %s", s.log)
	}
}

// A page of another site that shows any number of pictures of ours, frames and scripts costs who
// looks at it nothing: no session of its network, no guess, no offence.
func TestS2ForeignPagesCostNothing(t *testing.T) {
	s := openLimited(t, chat.Limits{SessionsPerMinute: 3, Offences: 20, OffencesPerAddress: 50, Guesses: 3, GuessesPerAddress: 3, CreatesPerAddress: -1},
		func(o *httpapi.Options) { o.Origins = []string{"https://friend.example"} })
	const home = "192.0.2.1"
	token, id, err := s.house.NewSession(t.Context(), "ko", home)
	if err != nil {
		t.Fatal(err)
	}
	room, _, err := s.house.CreateRoom(t.Context(), chat.Visitor{Identity: id, From: home}, chat.NewRoom{Title: "마당", Password: "s3cret-pass"})
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{"/", "/room/" + room.ID, "/room/" + room.ID + "?password=s3cret-wrong", "/r/" + room.ID + "?password=x", "/room",
		"/room/" + room.ID + "/messages", "/gif/x.gif", "/nothing"}
	asked := []string{"no-cors image", "no-cors script", "cors empty", "navigate iframe", "navigate object", "no-cors empty", "navigate document prefetch"}
	for i := range 320 {
		how := strings.Fields(asked[i%len(asked)])
		headers := []string{"Sec-Fetch-Site: " + []string{"cross-site", "same-site"}[i%2], "Sec-Fetch-Mode: " + how[0], "Sec-Fetch-Dest: " + how[1]}
		if len(how) > 2 {
			headers = append(headers, "Sec-Purpose: prefetch;prerender")
		}
		if how[0] == "navigate" {
			headers = append(headers, asBrowser)
		}
		cookie := []string{"", token}[i/2%2]
		w := s.from(home, "GET", paths[i%len(paths)], cookie, headers...)
		if w.Code != 403 || len(w.Result().Cookies()) > 0 {
			t.Fatalf("%s %v: status %d, %v", paths[i%len(paths)], headers, w.Code, w.Result().Cookies())
		}
	}
	if err := s.house.LockedOut(chat.Visitor{From: home}); err != nil {
		t.Errorf("the address: %v", err)
	}
	if w := s.from(home, "GET", "/", token, asBrowser); w.Code != 200 {
		t.Errorf("the visitor: status %d", w.Code)
	}
	link := []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", asBrowser}
	for _, c := range []struct {
		method, path string
		headers      []string
		status       int
	}{
		{"GET", "/", link, 200},
		{"HEAD", "/", link, 200},
		{"GET", "/room/" + room.ID + "?password=s3cret-pass", link, 303},
		{"POST", "/room", link, 403},
		{"GET", "/about.png", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 200},
		{"GET", "/robots.txt", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"GET", "/logo.svg", []string{"Sec-Fetch-Site: same-site"}, 200},
		{"GET", "/healthz", []string{"Sec-Fetch-Site: cross-site"}, 200},
		{"GET", "/room/" + room.ID + "/messages", []string{"Sec-Fetch-Site: cross-site", "Origin: https://friend.example"}, 403}, // a locked room
		{"GET", "/", []string{"Sec-Fetch-Site: none"}, 200},
		{"GET", "/room", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: cors"}, 200},
	} {
		tok := token
		if strings.HasPrefix(c.path, "/room/") {
			tok = ""
		}
		if w := s.from(home, c.method, c.path, tok, c.headers...); w.Code != c.status || c.status == 403 && c.method == "GET" && !strings.Contains(w.Body.String(), "WRONG_PASSWORD") {
			t.Errorf("%s %s %v: status %d %s", c.method, c.path, c.headers, w.Code, w.Body)
		}
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
