// Whiteboard is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"os"

	"github.com/madang-chat/madang/socketio"
)

func main() {
	io := socketio.New(socketio.Options{})
	socketio.On(io.Of("/"), "drawing", func(ctx context.Context, s *socketio.Socket, line socketio.Args) error {
		return s.Broadcast().Emit("drawing", line)
	})
	http.Handle("/socket.io/", io)
	http.Handle("/", http.FileServer(http.Dir("public")))
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
