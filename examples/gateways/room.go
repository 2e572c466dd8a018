package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/madang-chat/madang/socketio"
)

var (
	createRoom = socketio.NewEvent[Create]("createRoom")
	joinRoom   = socketio.NewEvent[Join]("joinRoom")
	roomSaid   = socketio.NewEvent[RoomLine]("message")
	roomText   = socketio.NewEvent[Notice]("message")
)

// A Create asks for a new room.
type Create struct {
	Room     string `json:"room"`
	Nickname string `json:"nickname"`
}

func (c Create) Validate() error {
	return firstError(limit("room", c.Room, maxRoom), limit("nickname", c.Nickname, maxNickname))
}

// A Join changes the room. ToLeaveRoom is empty at first.
type Join struct {
	Room        string `json:"room"`
	Nickname    string `json:"nickname"`
	ToLeaveRoom string `json:"toLeaveRoom"`
}

func (j Join) Validate() error {
	return firstError(limit("room", j.Room, maxRoom), limit("nickname", j.Nickname, maxNickname))
}

// A RoomLine is for the others in a room.
type RoomLine struct {
	Message  string `json:"message"`
	Nickname string `json:"nickname"`
	Room     string `json:"room"`
}

func (l RoomLine) Validate() error {
	return firstError(limit("message", l.Message, maxMessage), limit("nickname", l.Nickname, maxNickname))
}

// A RoomGateway is the namespace /room. The other gateway tells its news to everybody.
type RoomGateway struct {
	ns   *socketio.Namespace
	chat *ChatGateway
	list *List
}

// Events registers what the namespace listens to.
func (g *RoomGateway) Events(r *socketio.Registrar) {
	r.Intercept(exceptions)
	r.Intercept(membersOnly)
	r.OnConnect(func(ctx context.Context, s *socketio.Socket) error { return g.list.Show(s) })
	createRoom.Handle(r, valid(g.create))
	joinRoom.Handle(r, valid(g.join))
	roomSaid.Handle(r, valid(g.message))
}

func (g *RoomGateway) create(ctx context.Context, s *socketio.Socket, c Create) error {
	added, err := g.list.Add(ctx, c.Room)
	if err != nil {
		return err
	}
	if err := g.chat.Notice(fmt.Sprintf("%s님이 %s방을 만들었습니다.", c.Nickname, c.Room)); err != nil {
		return err
	}
	return g.list.Publish(added)
}

// join leaves the room that the client names, and any other that it forgot: one room at a time.
func (g *RoomGateway) join(ctx context.Context, s *socketio.Socket, j Join) error {
	s.Leave(slices.DeleteFunc(s.Rooms(), func(room string) bool { return room == inside(j.Room) })...)
	if err := s.Join(inside(j.Room)); err != nil {
		return err
	}
	return g.chat.Notice(fmt.Sprintf("%s님이 %s방에 입장했습니다.", j.Nickname, j.Room))
}

func (g *RoomGateway) message(ctx context.Context, s *socketio.Socket, l RoomLine) error {
	return roomText.Emit(s.To(inside(l.Room)), Notice{l.Nickname + ": " + l.Message})
}

// inside is the room of the members of a chat room. Plain names would let anybody join the room
// that is named by another socket's id, and read what is sent to that socket alone.
func inside(room string) string { return "room " + room }
