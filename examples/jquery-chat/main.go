// Jquery-chat: log in, write to the others, be thrown out. Its clients are those of Socket.IO
// 1.4.8 and the newest one, at the same time.
//
//	go run ./examples/jquery-chat
package main

import (
	"context"
	"crypto/rand"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"sync"

	"github.com/madang-chat/madang/socketio"
)

var (
	login    = socketio.NewEvent[User]("login")      // from a client: who it is
	loggedIn = socketio.NewEvent[string]("login")    // to everybody: the name
	write    = socketio.NewEvent[Text]("chat")       // from a client
	written  = socketio.NewEvent[Line]("chat")       // to whom it was written
	people   = socketio.NewEvent[[]Person]("people") // to everybody: whom one can write to
	leave    = socketio.NewEvent[socketio.None]("forceDisconnect")

	self = socketio.NewKey[User]("user")

	// The room of one socket alone. The id of a 1.4.8 client's socket is that of its connection,
	// and who knows that one can speak as the client: it is nothing to tell the others.
	address = socketio.NewKey[string]("address")
)

// A User is what a client says about itself. Nobody checks it: this is a lesson, not a login.
type User struct {
	Name string `json:"name,omitempty"`
	ID   string `json:"userid,omitempty"`
}

// A Text is what a client writes, and to whom: "all", "me", the address of a person, or else
// "others".
type Text struct {
	Msg string `json:"msg"`
	To  string `json:"to"`
}

// A Line is a text on its way to those who read it. Before the login From is an empty object.
type Line struct {
	From User   `json:"from"`
	Msg  string `json:"msg"`
}

// A Person is a user who is here.
type Person struct {
	Address string `json:"id"`
	Name    string `json:"name"`
}

func newServer() *socketio.Server {
	io := socketio.New(socketio.Options{
		ClientFiles:  clientFiles(),
		AllowEIO3:    true, // the revision of 1.4.8
		AllowRequest: sameOrigin,
	})
	everyone := io.Of("/")
	var listing sync.Mutex // lists go out in the order in which they were made
	list := func() {
		listing.Lock()
		defer listing.Unlock()
		here := []Person{}
		for s := range everyone.Sockets() {
			if u, ok := self.Get(s); ok {
				at, _ := address.Get(s)
				here = append(here, Person{at, u.Name})
			}
		}
		people.Emit(everyone, here)
	}

	everyone.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		at := rand.Text()
		address.Set(s, at)
		return s.Join(at)
	})
	login.Handle(everyone, func(ctx context.Context, s *socketio.Socket, u User) error {
		fmt.Printf("Client logged-in:\n name:%s\n userid: %s\n", u.Name, u.ID)
		self.Set(s, u)
		err := loggedIn.Emit(everyone, u.Name)
		list()
		return err
	})
	write.Handle(everyone, func(ctx context.Context, s *socketio.Socket, t Text) error {
		from, _ := self.Get(s)
		fmt.Printf("Message from %s: %s\n", from.Name, t.Msg)
		return written.Emit(receivers(everyone, s, t.To), Line{from, t.Msg})
	})
	leave.Handle(everyone, func(ctx context.Context, s *socketio.Socket, _ socketio.None) error {
		s.Disconnect()
		return nil
	})
	everyone.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		u, _ := self.Get(s)
		fmt.Printf("user disconnected: %s\n", u.Name)
		list()
	})
	return io
}

// receivers are the four ways to send.
func receivers(everyone *socketio.Namespace, s *socketio.Socket, to string) socketio.Emitter {
	switch to {
	case "all":
		return everyone
	case "me":
		return s
	case "", "others":
		return s.Broadcast()
	default:
		return everyone.To(to)
	}
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
