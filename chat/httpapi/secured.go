package httpapi

import (
	"net/http"
	"strings"

	"github.com/madang-chat/madang/chat/cookie"
)

// policy lets the page load what the server itself offers, and nothing be written as markup.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " +
	"font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'"

// powers are those that the page doesn't use and nothing in it may ask for.
const powers = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), encrypted-media=(), " +
	"fullscreen=(), geolocation=(), gyroscope=(), hid=(), identity-credentials-get=(), idle-detection=(), " +
	"local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), " +
	"publickey-credentials-get=(), screen-wake-lock=(), serial=(), storage-access=(), usb=(), " +
	"window-management=(), xr-spatial-tracking=()"

// onlyTLS is a year, and speaks of this name alone: others of the domain aren't ours.
const onlyTLS = "max-age=31536000"

// alone tells whether a name is this site's at every port: what is said of it, browsers keep for
// all of them. Of localhost it would close the door of every other program of a developer, and a
// site that is called with a port leaves the usual ones to others.
func alone(n name) bool {
	return (n.port == "" || n.port == "443") && n.host != "localhost" && !strings.HasSuffix(n.host, ".localhost")
}

// secured adds the headers that every answer has. Only those that the server of net/http gives by
// itself lack them, when it can't read a request at all: a line of fixed text, and the end of the
// connection.
func (s *site) secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		if cookie.OverTLS(r) { // over plain HTTP browsers ignore these two, and complain of one
			h.Set("Cross-Origin-Opener-Policy", "same-origin")
			if alone(asked(r)) {
				h.Set("Strict-Transport-Security", onlyTLS)
			}
		}
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		if len(s.friends) > 0 && isSocket(r) {
			// Their pages load the client with a script element.
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		}
		h.Set("Permissions-Policy", powers)
		// Not no-referrer: a form would then carry the origin "null" and, over plain HTTP, be
		// refused as another site's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
