package engineio

import (
	"net/http"
	"time"
)

// deadlineMargin is how long before a deadline a poll is answered at the latest; of short ones a
// quarter.
const deadlineMargin = time.Second

// untilDeadline lifts the write timeout of the HTTP server from a poll, which would end it in the
// middle of the wait. Where that can't be, or where the context of the request has a deadline, as
// of http.TimeoutHandler, wake is called in time for an answer. Stop ends that.
func (s *Server) untilDeadline(w http.ResponseWriter, r *http.Request, wake func()) (stop func()) {
	patience := time.Duration(never)
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
		return func() {}
	}
	patience -= min(deadlineMargin, patience/4)
	if patience < s.opts.PingInterval {
		s.adviseDeadline(w, patience)
	}
	timer := time.AfterFunc(patience, wake)
	return func() { timer.Stop() }
}
