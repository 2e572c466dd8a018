// Connection-state-recovery-example is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"github.com/madang-chat/madang/socketio"
)

var foo = socketio.NewKey[string]("foo")

func main() {
	io := socketio.New(socketio.Options{
		Recovery: &socketio.RecoveryOptions{Duration: 2 * time.Minute},
	})
	ns := io.Of("/")

	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		fmt.Println("connect", s.ID())
		if s.Recovery() == socketio.RecoveryFull {
			fmt.Println("recovered!")
			fmt.Println("rooms:", s.Rooms())
			fmt.Println("data:", foo.Of(s))
			return nil
		}
		fmt.Println("new connection")
		foo.Set(s, "bar")
		return s.Join("sample room")
	})

	ns.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		fmt.Println("disconnect", s.ID(), "due to", why)
	})

	go func() {
		for now := range time.Tick(time.Second) {
			ns.Emit("ping", now.UTC().Format("2006-01-02T15:04:05.000Z"))
		}
	}()

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, "index.html") // read again every time
	})
	http.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
