// Basics: one port for a page and for the sockets, and the two ways to send that everything else is made of.
//
//	go run ./examples/basics
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

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
	io := socketio.New(socketio.Options{ClientFiles: files})
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
	mux.HandleFunc("GET /{$}", file("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /page.js", file("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /page.css", file("text/css; charset=utf-8", style))
	if err := serve(mux, io); err != nil {
		log.Fatal(err)
	}
}

func file(contentType string, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Write(body)
	}
}

// serve listens on PORT, 3000 if unset, until the program is told to end.
func serve(h http.Handler, io *socketio.Server) error {
	port := os.Getenv("PORT")
	if port == "" {
		port = "3000"
	}
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return fmt.Errorf("listen on port %s: %w", port, err)
	}
	fmt.Printf("Open http://localhost:%d in two tabs.\n", listener.Addr().(*net.TCPAddr).Port)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	context.AfterFunc(ctx, func() {
		io.Close()
		server.Close()
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
