// Rooms: three namespaces on one connection, and rooms that one joins by writing to them.
//
//	go run ./examples/rooms
package main

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"github.com/madang-chat/madang/socketio"
)

var (
	write   = socketio.NewEvent[*Text]("chat message")  // from a client
	written = socketio.NewEvent[string]("chat message") // to everybody in the room
	hi      = socketio.NewEvent[string]("hi")
)

// A Text is what a client writes to a room.
type Text struct {
	Name string `json:"name"` // who; it isn't sent on
	Room string `json:"room"`
	Msg  string `json:"msg"`
}

func newServer() *socketio.Server {
	io := socketio.New(socketio.Options{
		ClientFiles:  clientFiles(),
		AllowEIO3:    true, // the revision of the client 1.4.8
		AllowRequest: sameOrigin,
	})

	chat := io.Of("/chat")
	write.Handle(chat, func(ctx context.Context, s *socketio.Socket, t *Text) error {
		if t == nil {
			return &socketio.Error{Code: socketio.CodeBadPayload, Message: "a text, its room and a name are wanted"}
		}
		if err := s.Join(t.Room); err != nil {
			return err
		}
		return written.Emit(chat.To(t.Room), t.Msg)
	})

	io.Of("/news") // nothing happens there yet, but one may connect

	mine := io.Of("/my-namespace")
	mine.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		fmt.Println("someone connected")
		return hi.Emit(mine, "everyone!")
	})
	return io
}

//go:embed page.*
var files embed.FS

var page = template.Must(template.ParseFS(files, "page.html"))

// pageWith answers with the page, which loads its client from the given address.
func pageWith(client string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, client); err != nil {
			log.Print("page: ", err)
		}
	}
}

// clientFiles is the folder of the official client that CLIENT names, such as
// node_modules/socket.io-client/dist. Without one, pages are led to the client's CDN.
func clientFiles() fs.FS {
	if folder := os.Getenv("CLIENT"); folder != "" {
		return os.DirFS(folder)
	}
	return nil
}

// oldClient answers with the client from the folder that CLIENT_1_4_8 names, or leads to a CDN.
func oldClient(w http.ResponseWriter, r *http.Request) {
	if folder := os.Getenv("CLIENT_1_4_8"); folder != "" {
		http.ServeFile(w, r, filepath.Join(folder, "socket.io.js"))
		return
	}
	http.Redirect(w, r, "https://cdn.jsdelivr.net/npm/socket.io-client@1.4.8/socket.io.js", http.StatusFound)
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
	mux.HandleFunc("GET /{$}", pageWith("/socket.io/socket.io.js"))
	mux.HandleFunc("GET /1.4.8", pageWith("/1.4.8/socket.io.js"))
	mux.HandleFunc("GET /1.4.8/socket.io.js", oldClient)
	mux.Handle("/", http.FileServerFS(files)) // page.js, page.css
	if err := serve(mux, "3000", io.Shutdown); err != nil {
		log.Fatal(err)
	}
}
