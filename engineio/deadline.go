package engineio

import (
	"net/http"
	"time"
)

// deadlineMargin is how long before a deadline a poll is answered at the latest; of short ones a
// quarter.
const deadlineMargin = time.Second

// patience lifts the write timeout of the HTTP server from a poll, which would end it in the middle
// of the wait. Where that can't be, or where the context of the request has a deadline, as of
// http.TimeoutHandler, it says when the poll has to be answered.
func (s *Server) patience(w http.ResponseWriter, r *http.Request) (patience time.Duration, limited bool) {
	patience = never
	if http.NewResponseController(w).SetWriteDeadline(time.Time{}) != nil {
		// It counts from the end of the request's header, which was read just before.
		if web, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok && web.WriteTimeout > 0 {
			patience = web.WriteTimeout
		}
	}
	if end, ok := r.Context().Deadline(); ok {
		patience = min(patience, time.Until(end))
	}
	if patience == never {
		return 0, false
	}
	patience -= min(deadlineMargin, patience/4)
	if patience < s.opts.PingInterval {
		s.adviseDeadline(w, patience)
	}
	return patience, true
}
