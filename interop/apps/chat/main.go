// Chat is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"os"
	"sync/atomic"

	"github.com/madang-chat/madang/socketio"
)

type user struct {
	Username string `json:"username,omitzero"`
	NumUsers int64  `json:"numUsers,omitzero"`
}

type message struct {
	Username string `json:"username"`
	Message  string `json:"message"`
}

var username = socketio.NewKey[string]("username")

func main() {
	io := socketio.New(socketio.Options{})
	room := io.Of("/")
	var numUsers atomic.Int64

	socketio.On(room, "new message", func(ctx context.Context, s *socketio.Socket, text string) error {
		return s.Broadcast().Emit("new message", message{username.Of(s), text})
	})

	socketio.On(room, "add user", func(ctx context.Context, s *socketio.Socket, name string) error {
		if _, added := username.Get(s); added {
			return nil
		}
		username.Set(s, name)
		n := numUsers.Add(1)
		s.Emit("login", user{NumUsers: n})
		return s.Broadcast().Emit("user joined", user{name, n})
	})

	for _, event := range []string{"typing", "stop typing"} {
		socketio.On(room, event, func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
			return s.Broadcast().Emit(event, user{Username: username.Of(s)})
		})
	}

	room.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		if name, added := username.Get(s); added {
			s.Broadcast().Emit("user left", user{name, numUsers.Add(-1)})
		}
	})

	http.Handle("/socket.io/", io)
	http.Handle("/", http.FileServer(http.Dir("public")))
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
