package engineio_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

// fault is what New panics with, "" when it doesn't.
func fault(o engineio.Options) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprint(v)
		}
	}()
	o.Logger = slog.New(slog.DiscardHandler)
	engineio.New(o, nil).Close()
	return ""
}

func TestOriginsThatCannotBeMeantPanic(t *testing.T) {
	all := func(string, *http.Request) bool { return true }
	tests := []struct {
		name string
		cors engineio.CORS
		want string // part of the panic
	}{
		{"nothing", engineio.CORS{}, ""},
		{"all", engineio.CORS{Origins: []string{"*"}}, ""},
		{"a list", engineio.CORS{Origins: []string{"https://example.org", "http://localhost:3000", "http://[::1]:8080"}}, ""},
		{"a list with credentials", engineio.CORS{Origins: []string{"https://example.org", "http://localhost:3000", "http://[::1]:8080"}, Credentials: true}, ""},
		{"apps and extensions", engineio.CORS{Origins: []string{"capacitor://localhost", "file://", "chrome-extension://abcdefgh", "tauri://localhost"}, Credentials: true}, ""},
		{"null", engineio.CORS{Origins: []string{"null"}}, ""},
		{"a host of another language", engineio.CORS{Origins: []string{"https://xn--hu5b25g.example"}}, ""},
		{"a function admits all, with credentials", engineio.CORS{AllowOrigin: all, Credentials: true}, ""},
		{"a function decides, Origins don't count", engineio.CORS{AllowOrigin: all, Origins: []string{"*", "nonsense"}, Credentials: true}, ""},

		{"all with credentials", engineio.CORS{Origins: []string{"*"}, Credentials: true}, "CORS.AllowOrigin"},
		{"nothing with credentials", engineio.CORS{Credentials: true}, "CORS.AllowOrigin"},
		{"all and one with credentials", engineio.CORS{Origins: []string{"https://example.org", "*"}, Credentials: true}, "CORS.AllowOrigin"},
		{"null with credentials", engineio.CORS{Origins: []string{"https://example.org", "null"}, Credentials: true}, `"null"`},
		{"all and one", engineio.CORS{Origins: []string{"https://example.org", "*"}}, `"*"`},
		{"a slash at the end", engineio.CORS{Origins: []string{"https://example.org/"}}, `write "https://example.org"`},
		{"a path", engineio.CORS{Origins: []string{"https://example.org/chat"}}, `write "https://example.org"`},
		{"a query", engineio.CORS{Origins: []string{"https://example.org?a"}}, `write "https://example.org"`},
		{"a user", engineio.CORS{Origins: []string{"https://me@example.org"}}, `write "https://example.org"`},
		{"no scheme", engineio.CORS{Origins: []string{"example.org"}}, "a scheme and a host"},
		{"no scheme, a port", engineio.CORS{Origins: []string{"localhost:3000"}}, "a scheme and a host"},
		{"only slashes", engineio.CORS{Origins: []string{"//example.org"}}, "a scheme and a host"},
		{"empty", engineio.CORS{Origins: []string{""}}, "a scheme and a host"},
		{"capitals", engineio.CORS{Origins: []string{"https://Example.org"}}, `write "https://example.org"`},
		{"a scheme in capitals", engineio.CORS{Origins: []string{"HTTPS://example.org"}}, `write "https://example.org"`},
		{"the usual port", engineio.CORS{Origins: []string{"https://example.org:443"}}, "port"},
		{"the usual port of HTTP", engineio.CORS{Origins: []string{"http://example.org:80"}}, "port"},
		{"a pattern", engineio.CORS{Origins: []string{"https://*.example.org"}}, "AllowOrigin"},
		{"several in one", engineio.CORS{Origins: []string{"https://a.example https://b.example"}}, "no browser sends"},
		{"several with a comma", engineio.CORS{Origins: []string{"https://a.example,https://b.example"}}, "no browser sends"},
		{"a host beyond ASCII", engineio.CORS{Origins: []string{"https://마당.example"}}, "ASCII"},
		{"a space", engineio.CORS{Origins: []string{" https://example.org"}}, "a scheme and a host"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := fault(engineio.Options{CORS: &test.cors})
			if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
				t.Errorf("New panics with %q, want %q", got, test.want)
			}
		})
	}
}

// A function that admits whatever it is asked isn't asked about nothing.
func TestNoOriginIsNotAdmitted(t *testing.T) {
	r := newRig(t, engineio.Options{CORS: &engineio.CORS{Credentials: true, AllowOrigin: func(origin string, _ *http.Request) bool {
		if origin == "" {
			t.Error("asked without an origin")
		}
		return true
	}}})
	if a := r.do("GET", "EIO=4&transport=polling", ""); a.header.Values("Access-Control-Allow-Origin") != nil {
		t.Errorf("header %v", a.header)
	}
}

func TestCookieThatCannotBeSentPanics(t *testing.T) {
	for name, test := range map[string]struct {
		cookie http.Cookie
		bad    bool
	}{
		"the default":              {http.Cookie{}, false},
		"everything":               {http.Cookie{Name: "sid", Path: "/chat", Domain: "example.org", Secure: true, HttpOnly: true, SameSite: http.SameSiteNoneMode, Value: "is replaced \x00"}, false},
		"a space in the name":      {http.Cookie{Name: "my cookie"}, true},
		"a semicolon":              {http.Cookie{Name: "a;b"}, true},
		"a name of a language":     {http.Cookie{Name: "마당"}, true},
		"a path with a semicolon":  {http.Cookie{Path: "/a;b"}, true},
		"a path with control":      {http.Cookie{Path: "/a\n"}, true},
		"a domain with a scheme":   {http.Cookie{Domain: "https://example.org"}, true},
		"a domain with a port":     {http.Cookie{Domain: "example.org:8080"}, true},
		"partitioned but insecure": {http.Cookie{Partitioned: true}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := fault(engineio.Options{Cookie: &test.cookie})
			if (got != "") != test.bad || test.bad && !strings.Contains(got, "Options.Cookie") {
				t.Errorf("New panics with %q", got)
			}
		})
	}
}
