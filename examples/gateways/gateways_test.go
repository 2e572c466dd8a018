package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/madang-chat/madang/examples/internal/trial"
	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }

// One program after the other, since each build takes seconds.
func TestProgram(t *testing.T) {
	p := trial.Start(t, "gateways")
	port := p.Match(t, `Gateways also on port (\d+)\n`)[1]
	t.Run("sockets", func(t *testing.T) { trial.Node(t, "sockets.mjs", p.URL, "http://localhost:"+port) })
	p.Restart(t)
	t.Run("restarted", func(t *testing.T) { trial.Node(t, "restarted.mjs", p.URL) })
	t.Run("page", func(t *testing.T) { trial.Browser(t, p.URL) })
}

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
