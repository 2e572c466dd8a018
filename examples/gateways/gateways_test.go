package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestSameHost(t *testing.T) {
	for origin, want := range map[string]bool{
		"":                             true,
		"http://localhost:3000":        true,
		"https://localhost":            true,
		"http://example.org:3001":      false,
		"http://localhost.example.org": false,
		"null":                         false,
		"%":                            false,
	} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost:3001/socket.io/", nil)
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		if err := sameHost(r); (err == nil) != want {
			t.Errorf("Origin %q: %v", origin, err)
		}
	}
}
