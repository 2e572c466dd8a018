package routers

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/labstack/echo/v4/middleware"
	echo5 "github.com/labstack/echo/v5"
	middleware5 "github.com/labstack/echo/v5/middleware"

	"github.com/madang-chat/madang/socketio"
)

func echoRows() []row {
	with := func(use ...echo.MiddlewareFunc) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			e := echo.New()
			e.Use(use...)
			e.Any("/socket.io/*", echo.WrapHandler(io))
			return e
		}
	}
	log := middleware.RequestLoggerWithConfig(middleware.RequestLoggerConfig{
		LogValuesFunc: func(echo.Context, middleware.RequestLoggerValues) error { return nil },
	})
	return append(echo5Rows(), []row{
		{name: "echo v4: plain", front: with()},
		{name: "echo v4: RequestLogger and Recover and RequestID", front: with(log, middleware.Recover(), middleware.RequestID()), header: "X-Request-Id"},
		{name: "echo v4: Gzip", front: with(middleware.Gzip()), logs: []string{belated}},
		{
			name: "echo v4: Gzip and DisableHTTPCompression", front: with(middleware.Gzip()), logs: []string{belated},
			options: func(o *socketio.Options) { o.DisableHTTPCompression = true },
		},
		{name: "echo v4: ContextTimeout", front: with(middleware.ContextTimeout(shortest)), logs: []string{early}, quiet: longSilence, options: noHeartbeat},
	}...)
}

func echo5Rows() []row {
	with := func(use ...echo5.MiddlewareFunc) func(http.Handler) http.Handler {
		return func(io http.Handler) http.Handler {
			e := echo5.New()
			e.Use(use...)
			e.Any("/socket.io/*", echo5.WrapHandler(io))
			return e
		}
	}
	log := middleware5.RequestLoggerWithConfig(middleware5.RequestLoggerConfig{
		LogValuesFunc: func(*echo5.Context, middleware5.RequestLoggerValues) error { return nil },
	})
	return []row{
		{name: "echo v5: plain", front: with()},
		{name: "echo v5: RequestLogger and Recover and RequestID", front: with(log, middleware5.Recover(), middleware5.RequestID()), header: "X-Request-Id"},
		{name: "echo v5: Gzip", front: with(middleware5.Gzip())},
		{name: "echo v5: ContextTimeout", front: with(middleware5.ContextTimeout(shortest)), logs: []string{early}, quiet: longSilence, options: noHeartbeat},
	}
}
