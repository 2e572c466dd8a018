package engineio

import (
	"net/http"

	"github.com/madang-chat/madang/internal/layer"
)

// departure is where the HTTP server tells that the client has left, nil when it doesn't. The
// context of the request tells more and less: it ends also when that of http.Server.BaseContext has
// been cancelled or middleware is out of patience, while the client is still there and its polls
// are answered as ever, and never when middleware has detached it.
func departure(w http.ResponseWriter) (left <-chan bool) {
	// The innermost writer is the server's own. Others may promise what those inside of them can't
	// keep.
	for inner := range layer.Unwrapped(w) {
		w = inner
	}
	notifier, ok := w.(interface{ CloseNotify() <-chan bool })
	if !ok {
		notifier, ok = layer.Server(w).(interface{ CloseNotify() <-chan bool })
	}
	if ok {
		left = notifier.CloseNotify()
	}
	return left
}

// early is departure for a request whose context never ends, nil for others: those are asked about
// when it has.
func early(w http.ResponseWriter, r *http.Request) (left <-chan bool) {
	if r.Context().Done() == nil {
		left = departure(w)
	}
	return left
}

// stay holds a request until the channel is closed, or its client has left.
func stay(w http.ResponseWriter, r *http.Request, until <-chan struct{}) {
	select {
	case <-until:
	case <-early(w, r):
	case <-r.Context().Done():
		if left := departure(w); left != nil {
			select {
			case <-until:
			case <-left:
			}
		}
	}
}
