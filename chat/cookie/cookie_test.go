package cookie_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat/cookie"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

func TestSessions(t *testing.T) {
	direct := func(r *http.Request) { r.TLS = new(tls.ConnectionState) }
	proxies := func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "HTTPS, http") }
	proxied := func(r *http.Request) { r.Header.Set("X-Forwarded-Proto", "https") }
	plain := func(*http.Request) {}
	for _, test := range []struct {
		name    string
		over    func(*http.Request)
		cookies string
		want    []string
	}{
		{"none", plain, "", nil},
		{"plain HTTP", plain, "sid=a", []string{"a"}},
		{"an empty one", plain, "sid=; sid=b", []string{"b"}},
		{"another path's first", plain, "sid=a; sid=b", []string{"a", "b"}},
		{"too many", plain, "sid=1; sid=2; sid=3; sid=4; sid=5", []string{"1", "2", "3", "4"}},
		{"the host's own wins", plain, "sid=a; __Host-sid=b", []string{"b"}},
		{"a planted one over TLS", direct, "sid=a", nil},
		{"a planted one behind a proxy", proxied, "sid=a", nil},
		{"a planted one behind two proxies", proxies, "sid=a", nil},
		{"TLS", direct, "sid=a; __Host-sid=b", []string{"b"}},
		{"a proxy with TLS", proxied, "__Host-sid=b", []string{"b"}},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.TLS = nil
		r.Header.Set("Cookie", test.cookies)
		test.over(r)
		if got := cookie.Sessions(r); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// What was set comes back, with the flags that keep scripts and other sites from it.
func TestRoundTrip(t *testing.T) {
	for _, secure := range []bool{false, true} {
		r := httptest.NewRequest("GET", "/", nil)
		if secure {
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		w := httptest.NewRecorder()
		cookie.SetSession(w, r, "token", time.Hour)
		cookie.SetGrant(w, r, "room", "proof", time.Hour)
		cookie.SetLanguage(w, r, "en")
		cookie.SetTheme(w, r, "dark")
		for _, c := range w.Result().Cookies() {
			if !c.HttpOnly || c.Path != "/" || c.Secure != secure || c.SameSite != http.SameSiteLaxMode || c.MaxAge < 3600 {
				t.Errorf("%+v", c)
			}
			r.AddCookie(c)
		}
		if got := cookie.Sessions(r); !slices.Equal(got, []string{"token"}) {
			t.Errorf("sessions %q", got)
		}
		if g, other := cookie.Grant(r, "room"), cookie.Grant(r, "other"); g != "proof" || other != "" {
			t.Errorf("grants %q, %q", g, other)
		}
		if l, th := cookie.Language(r), cookie.Theme(r); l != "en" || th != "dark" {
			t.Errorf("%s, %s", l, th)
		}
	}
}

func TestDefaults(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	if l, th := cookie.Language(r), cookie.Theme(r); l != "ko" || th != "auto" {
		t.Errorf("%s, %s", l, th)
	}
	r.Header.Set("Accept-Language", "fr, en;q=0.5")
	r.Header.Set("Cookie", "theme=pink; lang=fr")
	if l, th := cookie.Language(r), cookie.Theme(r); l != "en" || th != "auto" {
		t.Errorf("%s, %s", l, th)
	}
	w := httptest.NewRecorder()
	cookie.SetTheme(w, r, "auto")
	if c := w.Result().Cookies()[0]; c.MaxAge >= 0 || c.Value != "" {
		t.Errorf("auto is kept: %+v", c)
	}
}
