// Native-ws: a WebSocket without Socket.IO, the greeting of the first tutorial.
//
//	go run ./examples/native-ws
package main

import (
	"context"
	"embed"
	"fmt"
	"log"
	"net/http"

	"github.com/coder/websocket"
)

//go:embed page.html
var files embed.FS

func main() {
	ctx, end := context.WithCancel(context.Background())
	err := serve(newServer(ctx), "3000", func(context.Context) error {
		end() // a WebSocket is no request any more that Shutdown would know
		return nil
	})
	if err != nil {
		log.Fatal(err)
	}
}

// newServer answers the path / both ways: a WebSocket handshake is greeted, a browser that comes by
// HTTP gets the page.
func newServer(ctx context.Context) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			http.ServeFileFS(w, r, files, "page.html")
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			// A page that was opened from disk says null. Others have to be pages of this server.
			InsecureSkipVerify: r.Header.Get("Origin") == "null",
		})
		if err != nil {
			log.Print(err) // Accept has answered the request
			return
		}
		defer conn.CloseNow()
		if err := greet(ctx, conn); websocket.CloseStatus(err) == -1 && ctx.Err() == nil {
			log.Print(err) // neither the client nor the program said goodbye
		}
	})
	return mux
}

// greet says hello and reads until the client leaves or the program ends. A message may have 32
// KiB.
func greet(ctx context.Context, conn *websocket.Conn) error {
	if err := conn.Write(ctx, websocket.MessageText, []byte("Hello! I am a server.")); err != nil {
		return fmt.Errorf("greet: %w", err)
	}
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		fmt.Printf("Received: %s\n", message)
	}
}
