// Express-session-example is the server of the official example of that name.
package main

import (
	"cmp"
	"context"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/alexedwards/scs/v2"

	"github.com/madang-chat/madang/socketio"
)

var (
	sessions = scs.New()
	session  = socketio.NewKey[string]("session")
)

// token is the id of the session of a request. As in the example it begins with the first one, and
// every one saves it.
func token(r *http.Request) string {
	sessions.Put(r.Context(), "count", sessions.GetInt(r.Context(), "count"))
	token, _, _ := sessions.Commit(r.Context())
	return token
}

func main() {
	io := socketio.New(socketio.Options{
		ConnContext: func(ctx context.Context, r *http.Request) context.Context {
			return session.With(ctx, token(r))
		},
	})
	ns := io.Of("/")

	http.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		token(r)
		http.ServeFile(w, r, "index.html")
	})

	http.HandleFunc("POST /incr", func(w http.ResponseWriter, r *http.Request) {
		id, count := token(r), sessions.GetInt(r.Context(), "count")+1
		sessions.Put(r.Context(), "count", count)
		fmt.Fprint(w, count)
		ns.To(id).Emit("current count", count)
	})

	http.HandleFunc("POST /logout", func(w http.ResponseWriter, r *http.Request) {
		id := token(r)
		sessions.Destroy(r.Context())
		ns.To(id).DisconnectSockets()
		w.WriteHeader(http.StatusNoContent)
	})

	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		return s.Join(session.Of(s))
	})

	socketio.OnCall(ns, "incr", func(ctx context.Context, s *socketio.Socket, _ socketio.None) (int, error) {
		loaded, err := sessions.Load(context.Background(), session.Of(s))
		if err != nil || sessions.Token(loaded) == "" { // it has expired
			s.Disconnect()
			return 0, err
		}
		count := sessions.GetInt(loaded, "count") + 1
		sessions.Put(loaded, "count", count)
		_, _, err = sessions.Commit(loaded)
		return count, err
	})

	http.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), sessions.LoadAndSave(http.DefaultServeMux)))
}
