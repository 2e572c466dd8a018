package apps

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// jquery is the version that npm has next to the 1.10.2 of the example's page.
const jquery = "1.11.0"

// cdnRules lead a browser to a server with what the pages load from other hosts: the official
// client, which a port without Options.ClientFiles redirects to, and jQuery.
func cdnRules(t *testing.T, built string) []string {
	client := filepath.Join(nodetest.Root(), "node_modules", "socket.io-client", "dist")
	mux := http.NewServeMux()
	files := http.FileServer(http.Dir(client))
	mux.HandleFunc("cdn.socket.io/{version}/", func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/"+r.PathValue("version"), files).ServeHTTP(w, r)
	})
	mux.HandleFunc("code.jquery.com/", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, filepath.Join(built, "node_modules", "jquery", "dist", "jquery.min.js"))
	})
	s := httptest.NewTLSServer(mux)
	t.Cleanup(s.Close)
	rules := make([]string, 0, 2)
	for _, host := range []string{"cdn.socket.io", "code.jquery.com"} {
		rules = append(rules, fmt.Sprintf("MAP %s:443 %s", host, s.Listener.Addr()))
	}
	return rules
}

// pageRule leads a browser from a host to a folder of built pages.
func pageRule(t *testing.T, host, folder string) string {
	s := httptest.NewServer(http.FileServer(http.Dir(folder)))
	t.Cleanup(s.Close)
	return fmt.Sprintf("MAP %s %s", host, s.Listener.Addr())
}
