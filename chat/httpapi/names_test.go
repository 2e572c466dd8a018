package httpapi_test

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/httpapi"
)

// asks sends a request for a name, over HTTPS when it begins with "https://".
func (s *site) asks(path, host string) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = strings.TrimPrefix(host, "https://")
	if r.Host != host {
		r.TLS = &tls.ConnectionState{}
	}
	w := httptest.NewRecorder()
	s.server.Config.Handler.ServeHTTP(w, r)
	return w
}

func TestServedNames(t *testing.T) {
	sockets := func(o *httpapi.Options) {
		o.Socket = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(200) })
	}
	for _, c := range []struct {
		hosts   []string
		yes, no []string
	}{
		{
			nil,
			[]string{"anything", "192.0.2.1:80", "", "[::1]"}, nil,
		},
		{
			[]string{"chat.example.org"},
			[]string{"chat.example.org", "chat.example.org:8005", "CHAT.Example.ORG", "chat.example.org.", "chat.example.org.:443"},
			[]string{"example.org", "evil.example", "chat.example.org.evil.example", "xchat.example.org", "", "192.0.2.1", "localhost", "[::1]:8005", ":8005",
				"chat.example.org:80:80", "chat.example.org.."},
		},
		{
			[]string{"chat.example.org:8443", "Second.example:443", "third.example:80"},
			[]string{"chat.example.org:8443", "https://second.example", "second.example:443", "third.example"},
			[]string{"chat.example.org", "chat.example.org:8444", "second.example", "https://third.example"},
		},
		{
			[]string{"[2001:DB8::0:1]", "::1", "192.0.2.1:8005"},
			[]string{"[2001:db8::1]", "[2001:db8:0:0:0:0:0:1]:8005", "[::1]:80", "192.0.2.1:8005"},
			[]string{"[2001:db8::2]", "192.0.2.1", "192.0.2.2:8005"},
		},
		{
			[]string{"한글.kr", "my_chat"},
			[]string{"xn--bj0bj06e.kr", "XN--BJ0BJ06E.kr:80", "my_chat:8005"},
			[]string{"xn--bj0bj06e.com"},
		},
	} {
		s := open(t, sockets, func(o *httpapi.Options) { o.Hosts = c.hosts })
		for _, host := range c.yes {
			for _, path := range []string{"/nothing", "/socket.io/"} {
				if w := s.asks(path, host); w.Code == 421 {
					t.Errorf("%v: %s is refused", c.hosts, host)
				}
			}
		}
		for _, host := range c.no {
			for _, path := range []string{"/", "/socket.io/?EIO=4", "/logo.svg", "/nothing", "/healthz/x"} {
				w := s.asks(path, host)
				if w.Code != 421 || !strings.Contains(w.Body.String(), "--host") || w.Header().Get("Set-Cookie") != "" {
					t.Errorf("%v: %s%s = %d %s", c.hosts, host, path, w.Code, w.Body)
				}
			}
			for _, path := range []string{"/healthz", "/readyz"} {
				if w := s.asks(path, host); w.Code != 200 {
					t.Errorf("%v: %s%s = %d", c.hosts, host, path, w.Code)
				}
			}
		}
	}
}

func TestNamesThatAreNone(t *testing.T) {
	for _, host := range []string{"", " ", "https://chat.example.org", "chat.example.org/", "*.example.org", "a b", "chat.example.org:", "chat.example.org:0",
		"chat.example.org:99999", "chat.example.org:http", "a@b", "[::1", "x:1:2", ":80", "."} {
		h, err := httpapi.New(httpapi.Options{Hosts: []string{host}})
		if err == nil || h != nil || !strings.Contains(err.Error(), "chat.example.org") {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// A page whose name was let point here isn't a page of ours.
func TestS2RebindingIsRefused(t *testing.T) {
	s := openPlain(t, func(o *httpapi.Options) { o.Hosts = []string{"chat.example.org"} })
	b := s.browser()
	a := b.postJSON("/room", `{"title":"x"}`, "Host: evil.example", "Origin: http://evil.example")
	a.wants(t, 421)
	if n := s.listed(); n != 0 || len(a.Cookies()) > 0 {
		t.Errorf("%d rooms", n)
	}
	b.postJSON("/room", `{"title":"x"}`, "Host: chat.example.org", "Origin: http://evil.example").fails(t, 403, chat.BadOrigin)
	b.postJSON("/room", `{"title":"x"}`, "Host: chat.example.org", "Origin: http://chat.example.org").wants(t, 201)
}
