package routers

import (
	"net/http"
	"testing"
	"time"

	fiber2 "github.com/gofiber/fiber/v2"
	adaptor2 "github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/gofiber/fiber/v3"
	"github.com/gofiber/fiber/v3/middleware/adaptor"

	"github.com/madang-chat/madang/socketio"
)

// fiberRows: a closed connection is no news there before the heartbeat's timeout.
func fiberRows() []row {
	short := func(o *socketio.Options) { o.PingTimeout = 8 * time.Second }
	return []row{
		{name: "fiber v2: adaptor", serve: onFiber2, options: short},
		{name: "fiber v3: adaptor", serve: onFiber3, options: short},
	}
}

func onFiber2(t *testing.T, h http.Handler, _ *journal) endpoint {
	app := fiber2.New(fiber2.Config{DisableStartupMessage: true})
	app.Use("/socket.io", adaptor2.HTTPHandler(h))
	l := mustListen(t, "tcp", "127.0.0.1:0")
	return fiberEndpoint(t, l.Addr().String(), func() error { return app.Listener(l) }, app.Shutdown)
}

func onFiber3(t *testing.T, h http.Handler, _ *journal) endpoint {
	app := fiber.New()
	app.Use("/socket.io", adaptor.HTTPHandler(h))
	l := mustListen(t, "tcp", "127.0.0.1:0")
	return fiberEndpoint(t, l.Addr().String(), func() error {
		return app.Listener(l, fiber.ListenConfig{DisableStartupMessage: true})
	}, app.Shutdown)
}

func fiberEndpoint(t *testing.T, address string, serve, shutdown func() error) endpoint {
	over := make(chan error, 1)
	go func() { over <- serve() }()
	t.Cleanup(func() {
		if err := shutdown(); err != nil {
			t.Error(err)
		}
		if err := <-over; err != nil {
			t.Error(err)
		}
	})
	return endpoint{url: "http://" + address, network: "tcp", address: address}
}
