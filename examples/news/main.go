// News: the server speaks every three seconds, the client answers.
//
//	go run ./examples/news
package main

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/socketio"
)

// period is the time between two news, and before the first.
const period = 3 * time.Second

var (
	news  = socketio.NewEvent[string]("news")
	reply = socketio.NewEvent[string]("reply")
)

func newServer() *socketio.Server {
	io := socketio.New(socketio.Options{
		ClientFiles:   clientFiles(),
		AllowRequest:  sameOrigin,
		ClientAddress: engineio.TrustProxies(strings.Split(os.Getenv("TRUSTED_PROXIES"), ",")...),
	})
	readers := io.Of("/")

	readers.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		fmt.Println("새로운 클라이언트 접속!", s.Handshake().Address, s.ID())
		go publish(s.Context(), s) // ends with the socket
		return nil
	})
	readers.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		fmt.Println("클라이언트 접속 해제", s.Handshake().Address, s.ID())
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

//go:embed page.*
var files embed.FS

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
	if err := serve(mux, "8005", io.Shutdown); err != nil {
		log.Fatal(err)
	}
}
