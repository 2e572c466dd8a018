// Basics: one port for a page and for the sockets, and the two ways to send that everything else is made of.
//
//	go run ./examples/basics
package main

import (
	"context"
	_ "embed"
	"log"
	"net/http"

	"github.com/madang-chat/madang/examples/internal/origin"
	"github.com/madang-chat/madang/examples/internal/serve"
	"github.com/madang-chat/madang/internal/clientfiles"
	"github.com/madang-chat/madang/socketio"
)

//go:embed page.html
var page []byte

//go:embed page.js
var script []byte

//go:embed page.css
var style []byte

// A Line is what a tab shows: who said it, and what.
type Line struct {
	From string `json:"from"`
	Text string `json:"text"`
}

// newServer is the whole program: a text for me comes back to me, a text for all goes to everyone.
func newServer() *socketio.Server {
	files, _ := clientfiles.FS()
	io := socketio.New(socketio.Options{ClientFiles: files, AllowRequest: origin.Check()})
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

func main() {
	io := newServer()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /{$}", serve.File("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /page.js", serve.File("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /page.css", serve.File("text/css; charset=utf-8", style))
	if err := serve.Run(mux, "3000", io); err != nil {
		log.Fatal(err)
	}
}
