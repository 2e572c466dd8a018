// News: the server speaks every three seconds, the client answers.
//
//	go run ./examples/news
package main

import (
	"context"
	_ "embed"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/madang-chat/madang/examples/internal/origin"
	"github.com/madang-chat/madang/examples/internal/serve"
	"github.com/madang-chat/madang/internal/clientfiles"
	"github.com/madang-chat/madang/internal/clientip"
	"github.com/madang-chat/madang/socketio"
)

// period is the time between two news, and before the first.
const period = 3 * time.Second

var (
	news  = socketio.NewEvent[string]("news")
	reply = socketio.NewEvent[string]("reply")
)

func newServer(proxies clientip.Trusted) *socketio.Server {
	files, _ := clientfiles.FS()
	io := socketio.New(socketio.Options{ClientFiles: files, AllowRequest: origin.Check()})
	readers := io.Of("/")
	address := func(s *socketio.Socket) string {
		h := s.Handshake()
		return proxies.Of(h.Address, h.Header())
	}

	readers.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		fmt.Println("새로운 클라이언트 접속!", address(s), s.ID())
		go publish(s.Context(), s) // ends with the socket
		return nil
	})
	readers.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		fmt.Println("클라이언트 접속 해제", address(s), s.ID())
	})
	reply.Handle(readers, func(ctx context.Context, s *socketio.Socket, text string) error {
		fmt.Println(text)
		return nil
	})
	return io
}

// publish is the client's own timer.
func publish(ctx context.Context, s *socketio.Socket) {
	ticker := time.NewTicker(period)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			news.Emit(s, "Hello Socket.IO")
		}
	}
}

//go:embed page.html
var page []byte

//go:embed page.js
var script []byte

//go:embed page.css
var style []byte

func main() {
	proxies, err := clientip.FromEnv()
	if err != nil {
		log.Fatal(err)
	}
	io := newServer(proxies)
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /{$}", serve.File("text/html; charset=utf-8", page))
	mux.HandleFunc("GET /page.js", serve.File("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /page.css", serve.File("text/css; charset=utf-8", style))
	if err := serve.Run(mux, "8005", io); err != nil {
		log.Fatal(err)
	}
}
