package main

import (
	"context"

	"github.com/madang-chat/madang/socketio"
)

var (
	notice   = socketio.NewEvent[Notice]("notice")
	chatSaid = socketio.NewEvent[ChatLine]("message")
	chatText = socketio.NewEvent[string]("message")
)

// A Notice tells everybody what has happened.
type Notice struct {
	Message string `json:"message"`
}

// A ChatLine is for everybody on /chat.
type ChatLine struct {
	Message  string `json:"message"`
	Nickname string `json:"nickname"`
}

func (l ChatLine) Validate() error {
	return firstError(limit("message", l.Message, maxMessage), limit("nickname", l.Nickname, maxNickname))
}

// A ChatGateway is the namespace /chat: notices, and talk that belongs to no room.
type ChatGateway struct {
	ns *socketio.Namespace
}

// Events registers what the namespace listens to.
func (g *ChatGateway) Events(r *socketio.Registrar) {
	r.Intercept(exceptions)
	chatSaid.Handle(r, valid(g.message))
}

func (g *ChatGateway) message(ctx context.Context, s *socketio.Socket, l ChatLine) error {
	return chatText.Emit(s.Broadcast(), l.Nickname+": "+l.Message)
}

// Notice tells everybody on /chat.
func (g *ChatGateway) Notice(text string) error {
	return notice.Emit(g.ns, Notice{text})
}
