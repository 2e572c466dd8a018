package httpapi

import (
	"net/http"
	"strings"
)

// unembedded refuses what a page of another site asks for behind its visitor's back, with images,
// frames or scripts: it would make sessions, try passwords and be refused in that visitor's name.
// Its links may lead here, and our own files are everybody's. What is refused here counts nowhere.
//
// Browsers tell it over HTTPS and on the same machine. Where they don't, only the limits are there.
func (s *site) unembedded(next http.Handler) http.Handler {
	deny := s.answer(foreign)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, file := s.assets[r.URL.Path]
		if file || health(r.URL.Path) || !embedded(r) || s.friends[strings.ToLower(r.Header.Get("Origin"))] {
			next.ServeHTTP(w, r)
			return
		}
		deny.ServeHTTP(w, r)
	})
}

// embedded tells whether a page of another site made the request, and not its visitor by following
// a link. A page that is fetched for the case that a link is followed isn't seen by anybody.
func embedded(r *http.Request) bool {
	h := r.Header
	if site := h.Get("Sec-Fetch-Site"); site != "cross-site" && site != "same-site" {
		return false
	}
	link := h.Get("Sec-Fetch-Mode") == "navigate" && h.Get("Sec-Fetch-Dest") == "document"
	return !link || strings.Contains(h.Get("Sec-Purpose"), "prefetch")
}
