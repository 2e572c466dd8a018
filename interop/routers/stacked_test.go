package routers

import (
	"context"
	"net/http"

	"github.com/NYTimes/gziphandler"
	"github.com/alexedwards/scs/v2"
	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/chi/v5/middleware"
	"github.com/klauspost/compress/gzhttp"
	"github.com/urfave/negroni/v3"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/madang-chat/madang/socketio"
)

// stackedRows are several at a time, each around the next, as programs have them.
func stackedRows() []row {
	withGin := func(io http.Handler) http.Handler {
		g := gin.New()
		g.Use(gzip.Gzip(gzip.DefaultCompression))
		g.Any("/socket.io/*any", gin.WrapH(io))
		return g
	}
	sessions := scs.New()
	session := func(o *socketio.Options) {
		o.ConnContext = func(ctx context.Context, r *http.Request) context.Context {
			sessions.Put(r.Context(), "seen", true)
			return ctx
		}
	}
	return []row{
		{name: "stacked: otelhttp and gin and gzip", front: func(io http.Handler) http.Handler {
			return otelhttp.NewHandler(withGin(io), "socket.io")
		}},
		{name: "stacked: negroni and chi and Compress", front: func(io http.Handler) http.Handler {
			r := chi.NewRouter()
			r.Use(middleware.RequestID, middleware.Recoverer, middleware.Compress(5))
			r.Handle("/socket.io/*", io)
			n := negroni.New(negroni.NewRecovery())
			n.UseHandler(r)
			return n
		}},
		{name: "stacked: gzhttp and scs", header: "Set-Cookie", options: session, front: func(io http.Handler) http.Handler {
			return gzhttp.GzipHandler(sessions.LoadAndSave(io))
		}},
		{
			name: "stacked: NYTimes/gziphandler and scs", header: "Set-Cookie", options: session, logs: []string{belated},
			front: func(io http.Handler) http.Handler { return gziphandler.GzipHandler(sessions.LoadAndSave(io)) },
		},
		{
			name: "stacked: NYTimes/gziphandler and gin and gzip", logs: []string{belated},
			front: func(io http.Handler) http.Handler { return gziphandler.GzipHandler(withGin(io)) },
		},
	}
}
