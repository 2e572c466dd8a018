package httpapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

const halfYear = 180 * 24 * 60 * 60

func cookieOf(t *testing.T, a answer, name string) *http.Cookie {
	t.Helper()
	var found *http.Cookie
	for _, c := range a.Cookies() {
		if c.Name == name {
			if found != nil {
				t.Errorf("cookie %s is set twice", name)
			}
			found = c
		}
	}
	if found == nil {
		t.Fatalf("no cookie %s in %v", name, a.Header.Values("Set-Cookie"))
	}
	return found
}

func TestS3SessionCookie(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := open(t)
		name := "sid"
		if secure {
			name = "__Host-sid"
			s.server.StartTLS()
		} else {
			s.server.Start()
		}
		b := s.browser()
		a := b.visit("/")
		if isolated := a.Header.Get("Cross-Origin-Opener-Policy") == "same-origin"; isolated != secure {
			t.Errorf("over TLS %v: Cross-Origin-Opener-Policy %v", secure, isolated)
		}
		c := cookieOf(t, a, name)
		if len(a.Cookies()) != 1 || !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" ||
			c.Domain != "" || c.MaxAge != halfYear || len(c.Value) < 43 {
			t.Errorf("over TLS %v: %v", secure, a.Header.Values("Set-Cookie"))
		}
		// A valid session is kept, and its cookie lives on.
		again := cookieOf(t, b.visit("/room"), name)
		if again.Value != c.Value || again.MaxAge != halfYear {
			t.Errorf("the second visit sets %v", again)
		}
		if strings.Contains(a.body, c.Value) {
			t.Error("the page holds the token")
		}
	}
}

func TestS3EveryCookieHasItsFlags(t *testing.T) {
	for _, secure := range []bool{false, true} {
		s := openPlain(t)
		id := s.browser().open(`{"title":"마당","password":"s3cret-pass"}`)
		over := "X-Forwarded-Proto: http"
		if secure {
			over = "X-Forwarded-Proto: https"
		}
		b := s.browser()
		set := 0
		for path, body := range map[string]string{"/lang": `{"lang":"en"}`, "/theme": `{"theme":"dark"}`, "/room/" + id + "/enter": `{"password":"s3cret-pass"}`} {
			for _, c := range b.postJSON(path, body, over).Cookies() {
				set++
				if !c.HttpOnly || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
					t.Errorf("over TLS %v: %v", secure, c)
				}
			}
		}
		if set != 4 {
			t.Errorf("%d cookies", set)
		}
	}
}

func TestS3SessionBehindProxy(t *testing.T) {
	s := openPlain(t)
	c := cookieOf(t, s.browser().visit("/", "X-Forwarded-Proto: https"), "__Host-sid")
	if !c.Secure {
		t.Errorf("cookie = %v", c)
	}
	// Over TLS the plain cookie, which another host of the domain may plant, isn't looked at.
	planted := s.browser()
	planted.visit("/")
	token := planted.cookie("sid")
	c = cookieOf(t, s.browser().visit("/", "X-Forwarded-Proto: https", "Cookie: sid="+token), "__Host-sid")
	if c.Value == token {
		t.Error("a planted session was adopted")
	}
}

func TestS3ForgedSessionIsReplaced(t *testing.T) {
	s := openPlain(t)
	for _, forged := range []string{"chosen-by-somebody-else", strings.Repeat("A", 43), "", "%00", strings.Repeat("x", 4000)} {
		a := s.browser().visit("/", "Cookie: sid="+forged)
		a.wants(t, 200)
		if c := cookieOf(t, a, "sid"); c.Value == forged {
			t.Errorf("the token %q was adopted", forged)
		}
		if a.data(t).Me.ID == "" {
			t.Error("the visitor has no identity")
		}
	}
	// A valid one behind a planted one is found.
	b := s.browser()
	me := b.visit("/").data(t).Me.ID
	a := s.browser().visit("/", "Cookie: sid=planted; sid="+b.cookie("sid"))
	if a.data(t).Me.ID != me {
		t.Error("a planted cookie took the session away")
	}
}

func TestWhoGetsASession(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	for _, path := range []string{"/healthz", "/readyz", "/logo.svg", "/nothing", "/gif/none.gif", "/room/" + id + "/messages",
		"/room/nowhere", "/r/AAAAAAAAAAAAAAAAAAAAAA", "/r/a.b", "/room/nowhere?password=x"} {
		for _, a := range []answer{s.browser().get(path), s.browser().visit(path)} {
			if len(a.Cookies()) != 0 {
				t.Errorf("%s sets %v", path, a.Cookies())
			}
		}
	}
	for _, path := range []string{"/", "/room", "/room/" + id} {
		cookieOf(t, s.browser().get(path), "sid")
	}
	cookieOf(t, s.browser().visit("/r/nowhere"), "sid") // where one may open it
	for path, body := range map[string]string{"/room": `{"title":"x"}`, "/room/" + id + "/enter": `{}`, "/room/" + id + "/chat": `{}`} {
		cookieOf(t, s.browser().postJSON(path, body), "sid")
	}
}

// Who sends no cookies back is counted by address, of IPv6 by what one customer has.
func TestS8SessionsAreCountedByAddress(t *testing.T) {
	s := openPlain(t)
	most := int(s.house.Limits().SessionsPerMinute)
	page := func(peer string, i int) int {
		r := httptest.NewRequest("GET", "/room", nil)
		r.RemoteAddr = fmt.Sprintf(peer, i)
		r.Header.Set("X-Forwarded-For", fmt.Sprintf("192.0.2.%d", i)) // anybody can send it
		w := httptest.NewRecorder()
		s.server.Config.Handler.ServeHTTP(w, r)
		return w.Code
	}
	for _, peers := range []struct{ same, other string }{
		{"198.51.100.1:%d", "198.51.100.2:%d"},
		{"[2001:db8::%x]:5000", "[2001:db8:0:1::%x]:5000"},
		{"[::ffff:198.51.100.3]:%d", "[::ffff:198.51.100.4]:%d"},
		{"@%.0d", "@%.0d"}, // a Unix socket has no address
	} {
		made := 0
		for i := range most + 20 {
			if page(peers.same, i+1) == 200 {
				made++
			}
		}
		if peers.same == peers.other {
			if made != most+20 {
				t.Errorf("%s: %d sessions", peers.same, made)
			}
			continue
		}
		// More come in while the test takes its time.
		if made < most || made == most+20 {
			t.Errorf("%s: %d sessions", peers.same, made)
		}
		if code := page(peers.other, 1); code != 200 {
			t.Errorf("%s: status %d", peers.other, code)
		}
	}
}

func TestTaste(t *testing.T) {
	s := openPlain(t)
	b := s.browser()
	a := b.postJSON("/lang", `{"lang":"en"}`)
	a.wants(t, 200)
	if strings.TrimSpace(a.body) != `{"ok":true}` {
		t.Errorf("reply = %s", a.body)
	}
	if c := cookieOf(t, a, "lang"); c.Value != "en" || c.Path != "/" || c.MaxAge < int((300*24*time.Hour).Seconds()) {
		t.Errorf("cookie = %v", c)
	}
	b.postJSON("/theme", `{"theme":"dark"}`).wants(t, 200)
	a = b.visit("/", "Accept-Language: ko")
	if d := a.data(t); d.Lang != "en" || d.Theme != "dark" || !strings.Contains(a.body, `<html lang="en" data-theme="dark">`) {
		t.Errorf("data = %+v", d)
	}
	b.postJSON("/theme", `{"theme":"auto"}`).wants(t, 200)
	if b.cookie("theme") != "" || b.visit("/").data(t).Theme != "auto" {
		t.Error("auto leaves a theme")
	}
	a = b.postForm("/lang", "lang=ko")
	a.wants(t, 303)
	if a.Header.Get("Location") != "/" || b.cookie("lang") != "ko" {
		t.Errorf("the form leads to %q", a.Header.Get("Location"))
	}
	for path, body := range map[string]string{"/lang": `{"lang":"fr"}`, "/theme": `{"theme":"pink\"><script>"}`} {
		f := b.postJSON(path, body).fails(t, 400, "BAD_REQUEST")
		if f.Error.Field != path[1:] {
			t.Errorf("%s: field %q", path, f.Error.Field)
		}
	}
	a = b.visit("/", "Cookie: lang=\"><script>; theme=evil")
	if d := a.data(t); d.Lang == `"><script>` || d.Theme != "auto" {
		t.Errorf("data = %+v", d)
	}
}

func TestLanguageOfBrowser(t *testing.T) {
	s := openPlain(t)
	for header, want := range map[string]string{
		"":                           "ko",
		"en":                         "en",
		"EN-us,en;q=0.5":             "en",
		"fr-FR, en;q=0.8, ko;q=0.5":  "en",
		"ko-KR,ko;q=0.9,en-US;q=0.8": "ko",
		"fr,de;q=0.3":                "ko",
		";;;,,,=":                    "ko",
		"english":                    "ko",
	} {
		if got := s.browser().visit("/", "Accept-Language: "+header).data(t).Lang; got != want {
			t.Errorf("%q = %s, want %s", header, got, want)
		}
	}
}
