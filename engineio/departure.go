package engineio

import "net/http"

// departure is where the HTTP server tells that the client has left, nil when it doesn't. That is asked when the
// context of a request has ended, which it does for other reasons too: that of http.Server.BaseContext has been
// cancelled, or middleware is out of patience. The client is still there then, and polls are answered as ever.
func departure(w http.ResponseWriter) (left <-chan bool) {
	for {
		// The innermost writer is the server's own. Others may promise what those inside of them can't keep.
		notifier, ok := w.(interface{ CloseNotify() <-chan bool })
		wrapper, wraps := w.(interface{ Unwrap() http.ResponseWriter })
		if !wraps {
			if ok {
				left = notifier.CloseNotify()
			}
			return left
		}
		w = wrapper.Unwrap()
	}
}

// stay holds a request until the channel is closed, or its client has left.
func stay(w http.ResponseWriter, r *http.Request, until <-chan struct{}) {
	select {
	case <-until:
	case <-r.Context().Done():
		if left := departure(w); left != nil {
			select {
			case <-until:
			case <-left:
			}
		}
	}
}
