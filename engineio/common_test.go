package engineio

import (
	"net/http/httptest"
	"testing"
	"unsafe"
)

func TestClientsThatAskForTheSameShareIt(t *testing.T) {
	s := New(Options{}, nil)
	defer s.Close()
	ask := func(host, target string) *Handshake {
		r := httptest.NewRequest("GET", target, nil)
		r.Host = host
		h := s.newHandshake(r, "192.0.2.1")
		if h.URL != target || h.Header().Get("Host") != host {
			t.Fatalf("%q of %q is kept as %q of %q", target, host, h.URL, h.Header().Get("Host"))
		}
		return h
	}
	same := func(a, b string) bool { return unsafe.StringData(a) == unsafe.StringData(b) }
	first, second := ask("a.test", "/x?n=1"), ask("a.test", "/x?n=1")
	if !same(first.URL, second.URL) || !same(first.host, second.host) {
		t.Error("equal ones are kept twice")
	}
	third := ask("b.test", "/x?n=2")
	if same(first.URL, third.URL) || same(first.host, third.host) {
		t.Error("different ones are shared")
	}
}
