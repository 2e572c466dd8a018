package routers

import (
	"io"
	"log"
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
)

func chiRows() []row {
	with := func(use ...func(http.Handler) http.Handler) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(use...)
			r.Handle("/socket.io/*", io)
			return r
		}
	}
	logger := middleware.RequestLogger(&middleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", 0), NoColor: true})
	return []row{
		{name: "chi: plain", front: with()},
		{name: "chi: Mount", front: func(io http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Mount("/socket.io", io)
			return r
		}},
		{name: "chi: Route", path: "/api/socket.io/", front: func(io http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Route("/api", func(r chi.Router) { r.Handle("/socket.io/*", http.StripPrefix("/api", io)) })
			return r
		}},
		{name: "chi: Logger and Recoverer", front: with(middleware.RequestID, logger, middleware.Recoverer)},
		{name: "chi: Compress", front: with(middleware.Compress(5))},
		{name: "chi: Timeout", front: with(middleware.Timeout(shortest)), quiet: longSilence, logs: []string{early}, options: noHeartbeat},
		{name: "chi: Throttle", front: with(middleware.Throttle(100))},
	}
}
