package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// suite is for the official protocol suites. The v3 suite needs ALLOW_EIO3=1, the others must not
// have it.
func suite() (http.Handler, func() error) {
	o := options(300, 200, 0)
	o.CORS = &socketio.CORS{}
	io := socketio.New(o)
	for _, name := range []string{"/", "/custom"} {
		ns := io.Of(name)
		ns.OnConnect(func(_ context.Context, s *socketio.Socket) error {
			auth := map[string]any{}
			if err := s.Auth(&auth); err != nil {
				return err
			}
			return s.Emit("auth", auth)
		})
		socketio.On(ns, "message", func(_ context.Context, s *socketio.Socket, a socketio.Args) error {
			return s.Emit("message-back", a)
		})
		socketio.OnCall(ns, "message-with-ack", func(_ context.Context, _ *socketio.Socket, a socketio.Args) (socketio.Args, error) {
			return a, nil
		})
	}
	engine := engineio.New(engineio.Options{
		PingInterval: o.PingInterval, PingTimeout: o.PingTimeout, UpgradeTimeout: o.UpgradeTimeout,
		MaxPayload: o.MaxPayload, AllowEIO3: o.AllowEIO3, CORS: &socketio.CORS{},
	}, func(s *engineio.Socket) engineio.Receiver { return bare{s} })

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.Handle("/engine.io/", engine)
	return mux, func() error { return errors.Join(io.Close(), engine.Close()) }
}

// bare sends every message back.
type bare struct{ s *engineio.Socket }

func (b bare) Message(data []byte, binary bool) {
	m := engineio.Text(string(data))
	if binary {
		m = engineio.Binary(bytes.Clone(data))
	}
	_ = b.s.Send(m, 0) // fails only when the session is over
}

func (bare) Closed(engineio.Reason, error) {}
