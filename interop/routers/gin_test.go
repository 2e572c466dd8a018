package routers

import (
	"io"
	"net/http"

	"github.com/gin-contrib/gzip"
	"github.com/gin-gonic/gin"

	"github.com/madang-chat/madang/socketio"
)

func init() { gin.SetMode(gin.ReleaseMode) } // it prints every route otherwise

func ginRows() []row {
	with := func(use ...gin.HandlerFunc) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			g := gin.New()
			g.Use(use...)
			g.Any("/socket.io/*any", gin.WrapH(io))
			return g
		}
	}
	compress := with(gzip.Gzip(gzip.DefaultCompression))
	return []row{
		{name: "gin: plain", front: with()},
		{name: "gin: Group", path: "/api/socket.io/", front: func(io http.Handler) http.Handler {
			g := gin.New()
			g.Group("/api").Any("/socket.io/*any", gin.WrapH(http.StripPrefix("/api", io)))
			return g
		}},
		{name: "gin: Logger and Recovery", front: with(gin.LoggerWithWriter(io.Discard), gin.RecoveryWithWriter(io.Discard))},
		{name: "gin: gin-contrib/gzip", front: compress},
		{
			name: "gin: gin-contrib/gzip and DisableHTTPCompression", front: compress,
			options: func(o *socketio.Options) { o.DisableHTTPCompression = true },
		},
	}
}
