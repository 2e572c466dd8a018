package routers

import (
	"io"
	"net/http"

	"github.com/gorilla/handlers"
	"github.com/gorilla/mux"
)

func gorillaRows() []row {
	with := func(use ...mux.MiddlewareFunc) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			r := mux.NewRouter()
			r.Use(use...)
			r.PathPrefix("/socket.io/").Handler(io)
			return r
		}
	}
	return []row{
		{name: "gorilla/mux: plain", front: with()},
		{name: "gorilla/handlers: LoggingHandler", front: func(next http.Handler) http.Handler {
			return handlers.CombinedLoggingHandler(io.Discard, with()(next))
		}},
		{name: "gorilla/handlers: CompressHandler", front: with(handlers.CompressHandler)},
		{name: "gorilla/handlers: RecoveryHandler and ProxyHeaders", front: with(handlers.RecoveryHandler(), handlers.ProxyHeaders)},
		{
			name: "gorilla/handlers: CORS", header: "Access-Control-Allow-Origin",
			front: with(handlers.CORS(handlers.AllowedOriginValidator(func(string) bool { return true }))),
		},
	}
}
