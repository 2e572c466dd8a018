package main

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

// contract is for our own checks with old and new clients, and with malformed input.
func contract() (http.Handler, func() error) {
	o := options(25000, 20000, 1)
	o.Recovery = recovery(0)
	c := joinCluster(&o)
	io := socketio.New(o)
	io.OnNamespace(c.serve)
	var ends reasons
	main, chat, dynamic := io.Of("/"), io.Of("/chat"), io.OfRegexp(regexp.MustCompile(`^/dyn-\d+$`))
	main.Mount(&ends)
	chat.Mount(&ends)
	dynamic.Mount(&ends)
	io.Of("/deny").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.Error{Message: "not allowed", Data: map[string]int{"code": 403}}
	})
	io.Of("/closed").Use(func(context.Context, *socketio.Socket) error {
		return &socketio.Error{Message: "closed"}
	})
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	return mux, func() error { defer c.close(); return io.Close() }
}

// recovery is on for so many milliseconds; 0 is off.
func recovery(otherwise int) *socketio.RecoveryOptions {
	window := milliseconds("RECOVERY", otherwise)
	if window == 0 {
		return nil
	}
	return &socketio.RecoveryOptions{Duration: window}
}

// reasons remembers why sockets ended, for all namespaces, and is the gateway of each.
type reasons struct{ byID sync.Map }

func (r *reasons) Events(on *socketio.Registrar) {
	on.OnConnect(func(_ context.Context, s *socketio.Socket) error {
		return s.Emit("welcome", s.Namespace().Name())
	})
	on.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) { r.byID.Store(s.ID(), string(why)) })

	socketio.On(on, "echo", func(_ context.Context, s *socketio.Socket, a socketio.Args) error { return s.Emit("echo", a) })
	socketio.OnCall(on, "ack", func(_ context.Context, _ *socketio.Socket, a socketio.Args) (socketio.Args, error) { return a, nil })
	socketio.On(on, "ask", func(ctx context.Context, s *socketio.Socket, a socketio.Args) error {
		answer, err := s.Ask(ctx, "question", a)
		if err != nil {
			return err
		}
		return s.Emit("answer", answer)
	})
	socketio.OnCall(on, "join", func(_ context.Context, s *socketio.Socket, room string) (bool, error) {
		return true, s.Join(room)
	})
	socketio.OnCall(on, "leave", func(_ context.Context, s *socketio.Socket, room string) (bool, error) {
		s.Leave(room)
		return true, nil
	})
	socketio.On(on, "say", func(_ context.Context, s *socketio.Socket, a socketio.Args) error {
		return said(a, s.To)
	})
	socketio.On(on, "shout", func(_ context.Context, s *socketio.Socket, a socketio.Args) error {
		return said(a, s.Namespace().To)
	})
	socketio.On(on, "kick", func(_ context.Context, s *socketio.Socket, whole any) error {
		if whole == true {
			s.CloseConnection()
		} else {
			s.Disconnect()
		}
		return nil
	})
	socketio.OnCall(on, "whoami", whoami)
	socketio.OnCall(on, "reasonOf", func(_ context.Context, _ *socketio.Socket, id string) (any, error) {
		why, _ := r.byID.Load(id)
		return why, nil
	})
}

// said passes all arguments but the first, the room, on to that room.
func said(a socketio.Args, to func(...string) socketio.Target) error {
	args, err := a.Values()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return errors.New("no room")
	}
	room, ok := args[0].(string)
	if !ok {
		return errors.New("the room is no string")
	}
	return to(room).Emit("said", args[1:]...)
}

type identity struct {
	ID        string            `json:"id"`
	Namespace string            `json:"nsp"`
	Transport string            `json:"transport"`
	Query     map[string]string `json:"query"`
	Auth      any               `json:"auth"`
	Recovered bool              `json:"recovered"`
}

func whoami(_ context.Context, s *socketio.Socket, _ socketio.None) (identity, error) {
	i := identity{
		ID: s.ID(), Namespace: s.Namespace().Name(), Transport: s.Transport(), Query: queryOf(s),
		Recovered: s.Recovery() == socketio.RecoveryFull,
	}
	return i, s.Auth(&i.Auth)
}
