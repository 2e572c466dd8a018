package routers

import (
	"context"
	"io"
	"log"
	"net/http"

	"github.com/alexedwards/scs/v2"
	"github.com/rs/cors"
	"github.com/urfave/negroni/v3"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"

	"github.com/madang-chat/madang/socketio"
)

func middlewareRows() []row {
	sessions := scs.New()
	return []row{
		{name: "rs/cors: AllowAll", front: cors.AllowAll().Handler, header: "Access-Control-Allow-Origin"},
		// The session is written before the answer is; its cookie is part of it.
		{name: "scs: LoadAndSave", front: sessions.LoadAndSave, header: "Set-Cookie", options: func(o *socketio.Options) {
			o.ConnContext = func(ctx context.Context, r *http.Request) context.Context {
				sessions.Put(r.Context(), "visits", sessions.GetInt(r.Context(), "visits")+1)
				return ctx
			}
		}},
		{name: "otelhttp: NewHandler", front: func(io http.Handler) http.Handler { return otelhttp.NewHandler(io, "socket.io") }},
		{name: "negroni: Logger and Recovery", front: func(next http.Handler) http.Handler {
			logger, recovery := negroni.NewLogger(), negroni.NewRecovery()
			logger.ALogger = log.New(io.Discard, "", 0)
			n := negroni.New(recovery, logger)
			n.UseHandler(next)
			return n
		}},
	}
}
