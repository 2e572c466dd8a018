package httpapi_test

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat/httpapi"
)

// wantHeaders checks what every answer has.
func wantHeaders(t *testing.T, what string, h http.Header, secure bool) {
	t.Helper()
	policy := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
		"font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
		"frame-ancestors 'none'; require-trusted-types-for 'script'"
	if strings.Contains(what, " /gif/") && strings.HasPrefix(h.Get("Content-Type"), "image/") {
		policy = "default-src 'none'; sandbox"
	}
	want := map[string]string{
		"Content-Security-Policy":      policy,
		"Cross-Origin-Opener-Policy":   "",
		"Cross-Origin-Resource-Policy": "same-origin",
		"Referrer-Policy":              "same-origin",
		"Strict-Transport-Security":    "",
		"X-Content-Type-Options":       "nosniff",
	}
	if secure {
		want["Cross-Origin-Opener-Policy"], want["Strict-Transport-Security"] = "same-origin", "max-age=31536000"
	}
	if strings.Contains(what, "/about.png") && h.Get("Content-Type") == "image/png" {
		want["Cross-Origin-Resource-Policy"] = "cross-origin"
	}
	for name, value := range want {
		if got := h.Values(name); strings.Join(got, "|") != value {
			t.Errorf("%s: %s = %q, want %q", what, name, got, value)
		}
	}
	if p := h.Get("Permissions-Policy"); !strings.Contains(p, "camera=()") || !strings.Contains(p, "geolocation=()") {
		t.Errorf("%s: Permissions-Policy = %q", what, p)
	}
}

// Every answer, of every route to every method, has the headers: redirects of the router, refusals,
// those of sockets and of names that aren't ours.
func TestS6EveryAnswerHasTheHeaders(t *testing.T) {
	s := open(t, func(o *httpapi.Options) {
		o.Hosts = []string{"chat.example.org", "127.0.0.1"}
		o.Socket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("panic") {
				panic(http.ErrAbortHandler)
			}
			w.WriteHeader(http.StatusBadRequest)
		})
	})
	s.server.Start()
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	var image posted
	b.upload(id, field{"gif", "a.gif", picture(t)}).decode(t, &image)
	statuses := map[int]bool{}
	for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO"} {
		for _, path := range []string{"/", "/room", "/room/" + id, "/r/" + id, "/room/nowhere", "/room/" + id + "/enter", "/room/" + id + "/chat",
			"/room/" + id + "/gif", "/room/" + id + "/messages", "/gif/" + image.GIF, "/gif/none.gif", "/lang", "/theme", "/healthz", "/readyz",
			"/robots.txt", "/about.png", "/logo.svg", "/assets/page-1.js", "/nothing", "/socket.io/", "/socket.io", "//room", "/room/../x",
			"/%2e%2e/", "/room/" + id + "?password=x"} {
			for _, secure := range []string{"", "X-Forwarded-Proto: https"} {
				for _, accept := range []string{"Accept: */*", asBrowser} {
					for _, host := range []string{"chat.example.org", "evil.example"} {
						if host == "evil.example" && (method != "GET" || secure != "") {
							continue
						}
						if method == "DELETE" && path == "/room/"+id {
							continue
						}
						headers := []string{accept, "Host: " + host}
						if secure != "" {
							headers = append(headers, secure)
						}
						a := b.do(method, path, nil, headers...)
						wantHeaders(t, method+" "+path+" "+host, a.Header, secure != "")
						statuses[a.StatusCode] = true
					}
				}
			}
		}
	}
	for _, status := range []int{200, 303, 307, 400, 403, 404, 421} {
		if !statuses[status] {
			t.Errorf("no answer has status %d: %v", status, statuses)
		}
	}
	for _, headers := range [][]string{{"Range: bytes=5-1,x"}, {"If-None-Match: *"}, {"If-Match: \"x\""}} {
		a := b.get("/logo.svg", append(headers, "Host: chat.example.org")...)
		wantHeaders(t, "GET /logo.svg "+headers[0], a.Header, false)
	}
}

func TestS6HandlersThatPanic(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Files = nil })
	b := s.browser()
	id := b.open(`{"title":"마당"}`)
	b.sit(id)
	a := b.upload(id, field{"gif", "a.gif", picture(t)})
	a.fails(t, 500, "INTERNAL")
	wantHeaders(t, "POST", a.Header, false)
}

// Over HTTPS the name is HTTPS only from then on, but not that of a developer's machine.
func TestStrictTransport(t *testing.T) {
	s := open(t)
	for host, want := range map[string]bool{"chat.example.org": true, "chat.example.org:443": true, "chat.example.org:8443": false, "localhost:8005": false, "chat.localhost": false, "localhost.": false} {
		r := httptest.NewRequest("GET", "https://"+host+"/healthz", nil)
		w := httptest.NewRecorder()
		s.server.Config.Handler.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security") != ""; got != want {
			t.Errorf("%s: %v", host, got)
		}
	}
}

// Pages of origins that are welcome may load the client of the sockets, and nothing else.
func TestClientForFriends(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Origins = []string{"https://friend.example"} })
	for path, want := range map[string]string{"/socket.io/socket.io.js": "cross-origin", "/": "same-origin", "/logo.svg": "same-origin"} {
		if got := s.browser().get(path).Header.Get("Cross-Origin-Resource-Policy"); got != want {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// Requests that no client library sends.
func TestS6RawRequests(t *testing.T) {
	s := open(t)
	s.server.Config.DisableGeneralOptionsHandler = true
	s.server.Start()
	for _, request := range []string{
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET / HTTP/1.0\r\n\r\n",
		"GET http://other.example/nothing HTTP/1.1\r\nHost: x\r\n\r\n",
		"PRI / HTTP/1.1\r\nHost: x\r\n\r\n",
		"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
		"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n",
	} {
		c, err := net.Dial("tcp", s.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c.Write([]byte(request))
		a, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Errorf("%q: %v", request, err)
		} else {
			wantHeaders(t, request, a.Header, false)
		}
		c.Close()
	}
}
