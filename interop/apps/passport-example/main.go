// Passport-example is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"log"
	"net/http"
	"os"
	"strconv"

	"github.com/alexedwards/scs/v2"

	"github.com/madang-chat/madang/socketio"
)

type user struct {
	id   int // 0: nobody
	name string
}

var (
	sessions = scs.New()
	me       = socketio.NewKey[user]("user")
	session  = socketio.NewKey[string]("session")
)

// userOf is who has logged in.
func userOf(r *http.Request) user {
	return user{sessions.GetInt(r.Context(), "id"), sessions.GetString(r.Context(), "name")}
}

func main() {
	io := socketio.New(socketio.Options{
		AllowRequest: func(r *http.Request) error {
			if userOf(r).id == 0 {
				return &socketio.Refusal{Status: http.StatusUnauthorized}
			}
			return nil
		},
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return me.With(session.With(ctx, sessions.Token(r.Context())), userOf(r))
		},
	})
	ns := io.Of("/")

	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		return s.Join("session:"+session.Of(s), "user:"+strconv.Itoa(me.Of(s).id))
	})

	socketio.OnCall(ns, "whoami", func(ctx context.Context, s *socketio.Socket, _ socketio.None) (string, error) {
		return me.Of(s).name, nil
	})

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		if userOf(r).id == 0 {
			http.Redirect(w, r, "/login", http.StatusFound)
			return
		}
		http.ServeFile(w, r, "index.html")
	})

	http.HandleFunc("GET /login", func(w http.ResponseWriter, r *http.Request) {
		if userOf(r).id != 0 {
			http.Redirect(w, r, "/", http.StatusFound)
			return
		}
		http.ServeFile(w, r, "login.html")
	})

	http.HandleFunc("POST /login", func(w http.ResponseWriter, r *http.Request) {
		if r.FormValue("username") == "john" && r.FormValue("password") == "changeit" {
			log.Print("authentication OK")
			if err := sessions.RenewToken(r.Context()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			sessions.Put(r.Context(), "id", 1)
			sessions.Put(r.Context(), "name", r.FormValue("username"))
		} else {
			log.Print("wrong credentials")
		}
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		id := sessions.Token(r.Context())
		sessions.Destroy(r.Context())
		ns.To("session:" + id).DisconnectSockets()
		w.WriteHeader(http.StatusNoContent)
	})

	http.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), sessions.LoadAndSave(http.DefaultServeMux)))
}
