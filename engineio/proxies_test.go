package engineio_test

import (
	"net/http"
	"testing"

	"github.com/madang-chat/madang/engineio"
)

func TestTrustProxies(t *testing.T) {
	tests := []struct {
		networks          []string
		remote, forwarded string
		want              string
	}{
		{nil, "192.0.2.1:99", "203.0.113.7", "192.0.2.1"},
		{[]string{"10.0.0.0/8", "::1"}, "10.1.2.3:99", "198.51.100.1, 203.0.113.7", "203.0.113.7"},
		{[]string{"10.0.0.0/8", "::1"}, "[::1]:99", "203.0.113.7, 10.0.0.1", "203.0.113.7"},
		{[]string{"10.0.0.0/8"}, "203.0.113.9:99", "203.0.113.7", "203.0.113.9"},
		{[]string{"10.0.0.0/8"}, "10.1.2.3:99", "", "10.1.2.3"},
		{[]string{"10.0.0.0/8"}, "@", "203.0.113.7", "@"},
	}
	for _, test := range tests {
		r := &http.Request{RemoteAddr: test.remote, Header: http.Header{}}
		if test.forwarded != "" {
			r.Header.Set("X-Forwarded-For", test.forwarded)
		}
		if got := engineio.TrustProxies(test.networks...)(r); got != test.want {
			t.Errorf("%v, %s, %q: %q, want %q", test.networks, test.remote, test.forwarded, got, test.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("a name that is no network doesn't panic")
		}
	}()
	engineio.TrustProxies("localhost")
}
