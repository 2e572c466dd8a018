package routers

import (
	"net/http"

	"github.com/julienschmidt/httprouter"
)

func httprouterRows() []row {
	return []row{{name: "httprouter: plain", front: func(io http.Handler) http.Handler {
		r := httprouter.New()
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodOptions} {
			r.Handler(method, "/socket.io/*any", io)
		}
		return r
	}}}
}
