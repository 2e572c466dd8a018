// Package origin refuses sockets that pages of other sites open.
//
// CORS does not: a browser lets any page open a WebSocket to any host, with the cookies of that
// host, and says in Origin whose page it is. What Check returns may be used by any goroutine.
package origin

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
)

// Check returns a test for socketio.Options.AllowRequest. It admits requests without an Origin
// (programs, and pages that read from their own host), pages of the very host and port that was
// asked, and the origins listed, such as "http://localhost:5173".
func Check(allowed ...string) func(*http.Request) error {
	return func(r *http.Request) error {
		from := r.Header.Get("Origin")
		if from == "" || slices.Contains(allowed, from) {
			return nil
		}
		if u, err := url.Parse(from); err == nil && u.Host != "" && u.Host == r.Host {
			return nil
		}
		return fmt.Errorf("pages of %q may not connect", from)
	}
}
