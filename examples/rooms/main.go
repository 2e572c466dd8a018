// Rooms: three namespaces on one connection, and rooms that one joins by writing to them.
//
//	go run ./examples/rooms
package main

import (
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"log"
	"net/http"

	"github.com/madang-chat/madang/examples/internal/origin"
	"github.com/madang-chat/madang/examples/internal/serve"
	"github.com/madang-chat/madang/internal/clientfiles"
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
	files, _ := clientfiles.FS()
	io := socketio.New(socketio.Options{
		ClientFiles:  files,
		AllowEIO3:    true, // the revision of the client 1.4.8
		AllowRequest: origin.Check(),
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

//go:embed page.html
var pageHTML string

//go:embed page.js
var script []byte

//go:embed page.css
var style []byte

var page = template.Must(template.New("page").Parse(pageHTML))

// pageWith answers with the page, which loads its client from the given address.
func pageWith(client string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		if err := page.Execute(w, client); err != nil {
			log.Print("page: ", err)
		}
	}
}

func main() {
	io := newServer()
	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /{$}", pageWith("/socket.io/socket.io.js"))
	mux.HandleFunc("GET /1.4.8", pageWith("/1.4.8/socket.io.js"))
	if files, ok := clientfiles.Legacy(); ok {
		mux.Handle("GET /1.4.8/", http.StripPrefix("/1.4.8/", http.FileServerFS(files)))
	}
	mux.HandleFunc("GET /page.js", serve.File("text/javascript; charset=utf-8", script))
	mux.HandleFunc("GET /page.css", serve.File("text/css; charset=utf-8", style))
	if err := serve.Run(mux, "3000", io); err != nil {
		log.Fatal(err)
	}
}
