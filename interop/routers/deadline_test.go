package routers

import (
	"net/http"
	"time"

	"github.com/madang-chat/madang/socketio"
)

// shortest is the time that a request gets in the rows that give it one. The silence in a
// conversation is longer, and no heartbeat ends it.
const (
	shortest    = 4 * time.Second
	longSilence = 8 * time.Second
)

func noHeartbeat(o *socketio.Options) { o.PingInterval = 25 * time.Second }

func deadlineRows() []row {
	behind := func(io http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.ServeHTTP(&recorder{ResponseWriter: w}, r) })
	}
	limits := tuned(func(s *http.Server) { s.ReadTimeout, s.WriteTimeout = shortest, shortest })
	return []row{
		{name: "net/http: ReadTimeout and WriteTimeout", serve: limits, quiet: longSilence, options: noHeartbeat},
		{
			name: "own middleware: neither and WriteTimeout", serve: limits, front: behind, quiet: longSilence, options: noHeartbeat,
			noWebSocket: true, logs: []string{hidden, early},
		},
		{
			name: "net/http: TimeoutHandler", quiet: longSilence, options: noHeartbeat, noWebSocket: true, plain: true, logs: []string{hidden, early, slow},
			front: func(io http.Handler) http.Handler { return http.TimeoutHandler(io, shortest, "too late") },
		},
	}
}
