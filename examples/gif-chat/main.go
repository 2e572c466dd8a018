// Gif-chat: rooms with a title, a size and a password, in which one writes and shows GIFs.
//
//	go run ./examples/gif-chat
//
// Pages and uploads go by HTTP, and what happens reaches the others by Socket.IO: namespace /room
// is the list of rooms, /chat is where one talks. Both sides know a visitor by the same session.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"

	"github.com/alexedwards/scs/v2"

	"github.com/madang-chat/madang/socketio"
)

// An app is the whole program. Its fields are set once; any goroutine may use them.
type app struct {
	store      store
	gifs       *os.Root
	sessions   *scs.SessionManager
	seats      *seats
	list, chat *socketio.Namespace // /room and /chat
	production bool
}

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	if err := loadEnv(".env"); err != nil {
		return err
	}
	folder := cmp.Or(os.Getenv("DATA"), "data/gif-chat")
	db, err := openDatabase(filepath.Join(folder, "gif-chat.db"))
	if err != nil {
		return err
	}
	defer db.Close()
	gifs, err := openFolder(filepath.Join(folder, "gif"))
	if err != nil {
		return err
	}
	defer gifs.Close()
	secret, err := cookieSecret(folder)
	if err != nil {
		return err
	}

	a := &app{store: store{db}, gifs: gifs, sessions: newSessions(db, secret), production: os.Getenv("NODE_ENV") == "production"}
	a.seats = newSeats(func(room string) {
		if err := a.deleteRoom(room); err != nil {
			log.Print(err)
		}
	})
	rooms, err := a.store.rooms()
	if err != nil {
		return err
	}
	for _, r := range rooms {
		a.seats.open(r.ID) // those who were in it come back by themselves
	}
	io := a.newServer()
	return serve(a.handler(io), "8005", func(ctx context.Context) error {
		a.seats.Close() // nobody leaves a room because the program ends
		return io.Shutdown(ctx)
	})
}

func openFolder(path string) (*os.Root, error) {
	if err := os.MkdirAll(path, 0o755); err != nil {
		return nil, fmt.Errorf("make the folder for GIFs: %w", err)
	}
	return os.OpenRoot(path)
}

// handler routes what comes by HTTP. Inside out: a visitor has a session, posts of other sites
// are refused, every request is logged.
func (a *app) handler(io http.Handler) http.Handler {
	pages := http.NewServeMux()
	pages.HandleFunc("GET /{$}", a.showList)
	pages.HandleFunc("GET /room", a.showForm)
	pages.HandleFunc("POST /room", a.createRoom)
	pages.HandleFunc("GET /room/{id}", a.showRoom)
	pages.HandleFunc("DELETE /room/{id}", a.removeRoom)
	pages.HandleFunc("GET /room/{id}/chats", a.listChats)
	pages.HandleFunc("POST /room/{id}/chat", a.postChat)
	pages.HandleFunc("POST /room/{id}/gif", a.postGIF)
	pages.HandleFunc("/", a.notFound)

	mux := http.NewServeMux()
	mux.Handle("/socket.io/", io)
	mux.HandleFunc("GET /static/{file}", a.showStatic)
	mux.HandleFunc("GET /gif/{file}", a.showGIF)
	mux.Handle("/", a.sessions.LoadAndSave(a.withVisitor(pages)))
	return logRequests(headers(http.NewCrossOriginProtection().Handler(mux)))
}
