// Private-messaging is the server of the official example of that name, as one process with its
// stores in memory.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"log"
	"net/http"
	"os"

	"github.com/madang-chat/madang/socketio"
)

type login struct {
	SessionID string `json:"sessionID,omitzero"`
	Username  string `json:"username,omitzero"`
	UserID    string `json:"userID,omitzero"`
}

var me = socketio.NewKey[login]("login")

func main() {
	io := socketio.New(socketio.Options{CORS: &socketio.CORS{Origins: []string{"http://localhost:8080"}}})
	ns := io.Of("/")
	var st store

	ns.Use(func(ctx context.Context, s *socketio.Socket) error {
		var auth login
		if err := s.Auth(&auth); err != nil {
			return err
		}
		known, ok := st.find(auth.SessionID)
		if !ok {
			if auth.Username == "" {
				return &socketio.Error{Message: "invalid username"}
			}
			known = login{SessionID: rand.Text(), UserID: rand.Text(), Username: auth.Username}
		}
		me.Set(s, known)
		return nil
	})

	ns.OnConnect(func(ctx context.Context, s *socketio.Socket) error {
		l := me.Of(s)
		st.save(l, true)
		s.Emit("session", login{SessionID: l.SessionID, UserID: l.UserID})
		s.Join(l.UserID)
		s.Emit("users", st.usersFor(l.UserID))
		return s.Broadcast().Emit("user connected", user{UserID: l.UserID, Username: l.Username, Connected: true})
	})

	// To the right recipient, and to other tabs of the sender.
	socketio.On(ns, "private message", func(ctx context.Context, s *socketio.Socket, m message) error {
		m.From = me.Of(s).UserID
		st.post(m)
		return s.To(m.To, m.From).Emit("private message", m)
	})

	ns.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		l := me.Of(s)
		if ns.To(l.UserID).CountLocalSockets() == 0 {
			s.Broadcast().Emit("user disconnected", l.UserID)
			st.save(l, false)
		}
	})

	http.Handle("/socket.io/", io)
	log.Fatal(http.ListenAndServe(":"+cmp.Or(os.Getenv("PORT"), "3000"), nil))
}
