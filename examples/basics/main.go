// Basics: one port for a page and for the sockets, and the two ways to send that everything else is
// made of.
//
//	go run ./examples/basics
package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"

	"github.com/madang-chat/madang/socketio"
)

//go:embed page.*
var files embed.FS

// A Line is what a tab shows: who said it, and what.
type Line struct {
	From string `json:"from"`
	Text string `json:"text"`
}

// newServer is the whole program: a text for me comes back to me, a text for all goes to everyone.
func newServer() *socketio.Server {
	io := socketio.New(socketio.Options{ClientFiles: clientFiles(), AllowRequest: sameOrigin})
	everyone := io.Of("/")
	line := socketio.NewEvent[Line]("line")

	everyone.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		return line.Emit(s, Line{"server", "Hello, " + s.ID()}) // 1:1
	})
	socketio.On(everyone, "me", func(ctx context.Context, s *socketio.Socket, text string) error {
		return line.Emit(s, Line{s.ID(), text}) // 1:1
	})
	socketio.On(everyone, "all", func(ctx context.Context, s *socketio.Socket, text string) error {
		return line.Emit(everyone, Line{s.ID(), text}) // N:N
	})
	return io
}

// clientFiles is the folder of the official client that CLIENT names, such as
// node_modules/socket.io-client/dist. Without one, pages are led to the client's CDN.
func clientFiles() fs.FS {
	if folder := os.Getenv("CLIENT"); folder != "" {
		return os.DirFS(folder)
	}
	return nil
}

// sameOrigin keeps pages of other sites from connecting: browsers let any page open a WebSocket,
// and send the cookies of this host with it.
func sameOrigin(r *http.Request) error {
	from := r.Header.Get("Origin")
	if from == "" || from == "http://"+r.Host || from == "https://"+r.Host {
		return nil
	}
	return fmt.Errorf("pages of %q may not connect", from)
}

func main() {
	io := newServer()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		http.ServeFileFS(w, r, files, "page.html")
	})
	mux.Handle("/", http.FileServerFS(files)) // page.js, page.css
	if err := serve(mux, "3000", io.Shutdown); err != nil {
		log.Fatal(err)
	}
}
