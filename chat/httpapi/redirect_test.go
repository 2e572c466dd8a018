package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/httpapi"
)

// Who comes without TLS is sent to the same page of the same name, and to no other site.
func TestO5PlainAddress(t *testing.T) {
	site := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "ok") })
	named := []string{"chat.example.org", "한글.kr:8443", "b.example.org:443", "soon.example.org", "other.example.org"}
	covered := []string{"chat.example.org", "xn--bj0bj06e.kr", "b.example.org", "soon.example.org"}
	for _, c := range []struct {
		hosts              []string
		method, host, path string
		status             int
		location           string
	}{
		{named, "GET", "chat.example.org", "/", 301, "https://chat.example.org/"},
		{named, "GET", "CHAT.example.org.", "/r/a?x=1&y=%20", 301, "https://chat.example.org/r/a?x=1&y=%20"},
		{named, "HEAD", "chat.example.org:80", "/room/%2e%2e/", 301, "https://chat.example.org/room/%2e%2e/"},
		{named, "POST", "chat.example.org:8080", "/room?a", 308, "https://chat.example.org/room?a"},
		{named, "GET", "chat.example.org", "//evil.example/x", 301, "https://chat.example.org//evil.example/x"},
		{named, "GET", "xn--bj0bj06e.kr", "/", 301, "https://xn--bj0bj06e.kr:8443/"},
		{named, "GET", "b.example.org", "/", 301, "https://b.example.org/"},
		{named, "GET", "evil.example", "/", 421, ""},
		{named, "GET", "chat.example.org.evil.example", "/", 421, ""},
		{named, "GET", "chat.example.org@evil.example", "/", 421, ""},
		{named, "GET", "192.0.2.1", "/", 421, ""},
		{named, "GET", "", "/", 421, ""},
		{named, "GET", "other.example.org", "/", 421, ""}, // no certificate
		{named, "GET", "soon.example.org", "/", 503, ""},
		{named, "OPTIONS", "chat.example.org", "*", 400, ""},
		{named, "GET", "evil.example", "/healthz", 200, ""},
		{named, "GET", "192.0.2.1", "/readyz", 200, ""},
		{nil, "GET", "chat.example.org", "/a", 301, "https://chat.example.org:9443/a"},
		{nil, "GET", "evil.example", "/a", 421, ""},
	} {
		h, err := httpapi.NewPlain(httpapi.PlainOptions{
			Site: site, Hosts: c.hosts, Port: "9443",
			Covers: func(host string) bool { return slices.Contains(covered, host) },
			Ready:  func(host string) bool { return !strings.HasPrefix(host, "soon.") },
		})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(c.method, "/", nil)
		r.Host, r.RequestURI = c.host, c.path
		if r.URL, err = r.URL.Parse(c.path); err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(c.path, "//") {
			r.URL.Host, r.URL.Path = "", c.path
		}
		if c.path == "*" {
			r.URL.Path = "*"
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != c.status || got != c.location {
			t.Errorf("%s %s %s: %d %q, want %d %q", c.method, c.host, c.path, w.Code, got, c.status, c.location)
		}
		wantHeaders(t, c.method+" "+c.host+c.path, w.Header(), false)
		if again := w.Header().Get("Refresh"); (again != "") != (c.status == 503) || (again != "") != (w.Header().Get("Retry-After") != "") {
			t.Errorf("%s: %v", c.host, w.Header())
		}
	}
	if _, err := httpapi.NewPlain(httpapi.PlainOptions{Hosts: []string{"https://x"}}); err == nil {
		t.Error("a name that is none")
	}
}
