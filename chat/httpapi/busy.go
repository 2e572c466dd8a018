package httpapi

import (
	"io"
	"net/http"
)

// Busy answers those whose address has as many requests under way as it may, before the site sees
// them.
func Busy() http.Handler {
	return new(site).secured(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/plain; charset=utf-8")
		h.Set("Cache-Control", "no-store")
		h.Set("Retry-After", "5")
		w.WriteHeader(http.StatusTooManyRequests)
		io.WriteString(w, "같은 곳에서 오는 요청이 너무 많아요. 잠시 후 다시 시도해 주세요.\n"+
			"Too many requests from your address. Try again in a moment.\n")
	}))
}
