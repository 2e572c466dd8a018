// Newsstand: the chat beside the articles of a news site. A REST API, a Socket.IO namespace and a
// page of another origin share one list of messages.
//
//	go run ./examples/newsstand
//	npm --prefix examples/newsstand/client ci && npm --prefix examples/newsstand/client run dev
package main

import (
	"cmp"
	"context"
	"embed"
	"fmt"
	"io"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/madang-chat/madang/socketio"
)

//go:embed public
var files embed.FS

// firstPaint is how long a newcomer waits for the history. A React page that connects while it
// loads registers its handlers after its first paint; what comes earlier is lost to it.
const firstPaint = 250 * time.Millisecond

func main() {
	db, err := openDatabase(filepath.Join(cmp.Or(os.Getenv("DATA"), "data/newsstand"), "newsstand.db"))
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	client := cmp.Or(os.Getenv("CLIENT_ORIGIN"), "http://localhost:5173")
	sockets := newSockets(client)
	board, err := NewBoard(context.Background(), db, sockets.Of("/chat"))
	if err != nil {
		log.Fatal(err)
	}
	talk(sockets.Of("/chat"), board)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", sockets)
	mux.Handle("/chats", chats(board, client))
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "Newsstand Server")
	})
	public, _ := fs.Sub(files, "public")
	mux.Handle("/", http.FileServerFS(public))
	if err := serve(mux, "4000", sockets.Shutdown); err != nil {
		log.Fatal(err)
	}
}

// newSockets admits the pages of one foreign origin: CORS lets them read the answers of long
// polling, and AllowRequest keeps all others from WebSockets, which know no CORS.
func newSockets(client string) *socketio.Server {
	return socketio.New(socketio.Options{
		CORS: &socketio.CORS{Origins: []string{client}},
		AllowRequest: func(r *http.Request) error {
			if r.Header.Get("Origin") == client {
				return nil
			}
			return sameOrigin(r)
		},
	})
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

// talk is the whole protocol of the namespace.
func talk(ns *socketio.Namespace, board *Board) {
	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		select {
		case <-time.After(firstPaint):
		case <-s.Context().Done():
			return nil // it left at once
		}
		return board.Greet(s)
	})
	said.Handle(ns, func(ctx context.Context, s *socketio.Socket, line Line) error {
		_, err := board.Post(ctx, line) // also when the sender has left meanwhile
		return err
	})
}
