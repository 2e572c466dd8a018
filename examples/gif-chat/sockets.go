package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"

	"github.com/madang-chat/madang/socketio"
)

// The sentences of the tutorial.
const (
	noSuchRoom    = "존재하지 않는 방입니다."
	wrongPassword = "비밀번호가 틀렸습니다."
	roomIsFull    = "허용 인원이 초과하였습니다."
)

var (
	newRoom    = socketio.NewEvent[Room]("newRoom")      // to the list
	goneRoom   = socketio.NewEvent[string]("removeRoom") // to the list: the id
	join       = socketio.NewCall[string, socketio.None]("join")
	joined     = socketio.NewEvent[notice]("join") // to the others in the room
	left       = socketio.NewEvent[notice]("exit") // to those who stay
	said       = socketio.NewEvent[Chat]("chat")
	whereabout = socketio.NewKey[string]("room") // that a socket joined last
)

// A notice is what the room itself says.
type notice struct {
	User string `json:"user"` // "system"
	Text string `json:"chat"`
}

func (a *app) newServer() *socketio.Server {
	io := socketio.New(socketio.Options{
		ClientFiles:  clientFiles(),
		AllowRequest: sameOrigin,
		ConnContext:  a.socketSession,
	})
	a.list, a.chat = io.Of("/room"), io.Of("/chat")
	a.chat.Use(func(ctx context.Context, s *socketio.Socket) error {
		if a.visitor(ctx).ID == "" {
			return &socketio.Error{Message: "no session"}
		}
		return nil
	})
	join.Handle(a.chat, a.join)
	a.chat.OnDisconnect(func(s *socketio.Socket, why socketio.Reason) {
		if room, _ := whereabout.Get(s); room != "" {
			a.exit(s, room)
		}
	})
	return io
}

// join checks what the page has checked when it was loaded, since others may have come meanwhile
// and since nobody has to load the page. The ack tells why somebody may not come in.
func (a *app) join(ctx context.Context, s *socketio.Socket, id string) (none socketio.None, err error) {
	room, found, err := a.store.room(id)
	if err != nil {
		return none, err
	}
	if !found {
		return none, refusal(errGone)
	}
	before, _ := whereabout.Get(s)
	if before == id {
		return none, nil
	}
	who := a.visitor(ctx)
	if yes, err := a.store.admitted(room, who.ID); err != nil {
		return none, err
	} else if !yes {
		return none, &socketio.Error{Code: "password", Message: wrongPassword}
	}
	if err := a.seats.take(id, s.ID(), room.Max); err != nil {
		return none, refusal(err)
	}
	if err := s.Join(id); err != nil { // it has just gone
		a.seats.leave(id, s.ID())
		return none, err
	}
	whereabout.Set(s, id)
	if before != "" {
		s.Leave(before)
		a.exit(s, before)
	}
	return none, joined.Emit(s.To(id), notice{"system", who.Color + "님이 입장하셨습니다."})
}

func refusal(err error) error {
	if errors.Is(err, errFull) {
		return &socketio.Error{Code: "full", Message: roomIsFull}
	}
	return &socketio.Error{Code: "not_found", Message: noSuchRoom}
}

func (a *app) exit(s *socketio.Socket, room string) {
	a.seats.leave(room, s.ID())
	left.Emit(a.chat.To(room), notice{"system", a.visitor(s.Context()).Color + "님이 퇴장하셨습니다."})
}

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
