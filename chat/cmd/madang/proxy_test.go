package main

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/clientip"
)

// Somebody who guesses passwords is told apart from others behind the same proxy, and nobody gets
// further guesses by a header.
func TestS8VisitorsBehindAProxy(t *testing.T) {
	proxies, err := clientip.Parse("127.0.0.0/8, ::1")
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		proxies clientip.Trusted
		forged  func(int) string // what stands in X-Forwarded-For of a guess
		other   int              // the status of somebody else who knows the password
	}{
		"trusted":          {proxies, func(int) string { return "192.0.2.1" }, 200},
		"trusted, forging": {proxies, func(i int) string { return fmt.Sprintf("198.51.100.%d, 192.0.2.1", i) }, 200},
		"not trusted":      {nil, func(i int) string { return fmt.Sprintf("198.51.100.%d", i) }, 429},
	} {
		t.Run(name, func(t *testing.T) {
			m, _ := start(t, t.TempDir(), c.proxies...)
			room := newBrowser(t, m.URL()).openRoom(`{"title":"마당","password":"s3cret-pass"}`)
			enter := func(password, from string) int {
				b := newBrowser(t, m.URL())
				return b.do("POST", "/room/"+room+"/enter", fmt.Sprintf(`{"password":%q}`, password), "X-Forwarded-For: "+from).status
			}
			for i := range 10 {
				if status := enter("wrong-pass", c.forged(i)); status != 403 {
					t.Fatal("guess", i, status)
				}
			}
			if status := enter("wrong-pass", c.forged(10)); status != 429 {
				t.Error("an eleventh guess:", status)
			}
			if status := enter("s3cret-pass", "203.0.113.7"); status != c.other {
				t.Error("somebody else:", status)
			}
		})
	}
}

// Whoever forgets to name the proxy in front is told why all visitors share one visitor's limits.
func TestProxyThatIsNotTrustedIsTold(t *testing.T) {
	var log bytes.Buffer
	trusted, err := clientip.Parse("10.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	h := behind(trusted, slog.New(slog.NewTextHandler(&log, nil)), http.NotFoundHandler())
	ask := func(peer, forwarded string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = peer
		if forwarded != "" {
			r.Header.Set("X-Forwarded-For", forwarded)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	ask("127.0.0.1:80", "")
	ask("10.0.0.1:80", "203.0.113.7")
	ask("203.0.113.8:80", "203.0.113.7") // forged, and no proxy of ours
	if log.Len() > 0 {
		t.Errorf("logged %s", &log)
	}
	ask("127.0.0.1:80", "203.0.113.7")
	ask("[::ffff:192.168.0.1]:80", "203.0.113.7")
	if text := log.String(); strings.Count(text, "\n") != 1 || !strings.Contains(text, "--trusted-proxies") {
		t.Errorf("logged %s", text)
	}
}
