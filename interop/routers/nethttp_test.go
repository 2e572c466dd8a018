package routers

import (
	"net/http"

	"github.com/madang-chat/madang/socketio"
)

func netHTTPRows() []row {
	return []row{
		{name: "net/http: ServeMux", front: func(io http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/socket.io/", io)
			return mux
		}},
		{name: "net/http: StripPrefix", path: "/api/socket.io/", front: func(io http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/api/", http.StripPrefix("/api", io))
			return mux
		}},
		{name: "net/http: Options.Path", path: "/api/live/", front: func(io http.Handler) http.Handler {
			mux := http.NewServeMux()
			mux.Handle("/api/live/", io)
			return mux
		}, options: func(o *socketio.Options) { o.Path = "/api/live/" }},
		{name: "net/http: MaxBytesHandler", front: func(io http.Handler) http.Handler {
			return http.MaxBytesHandler(io, 1_000_000)
		}},
		{name: "net/http: CrossOriginProtection", front: func(io http.Handler) http.Handler {
			return http.NewCrossOriginProtection().Handler(io)
		}},
	}
}
