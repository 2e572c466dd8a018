package live

import (
	"context"
	"sync"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// lobby is the gateway of /room.
type lobby struct {
	*Door
	ns   *socketio.Namespace
	most int // rooms of a list; negative = all

	// telling makes reading and emitting a list one step for the order of events: a list never
	// arrives behind the removal of a room that it still shows.
	telling sync.Mutex
}

// Events implements [socketio.Gateway].
func (l *lobby) Events(r *socketio.Registrar) {
	r.OnConnect(l.connected)
	CreateRoom.Handle(r, l.create)
	List.Handle(r, l.list)
	RemoveRoom.Handle(r, l.remove)
}

// tell is called for each event of the lobby, one at a time.
func (l *lobby) tell(e chat.Event) {
	l.telling.Lock()
	defer l.telling.Unlock()
	switch e.Kind {
	case chat.EventOpened:
		emit(l.Door, RoomOpened, l.ns, wire.RoomOf(e.Room, ""))
	case chat.EventUpdated:
		emit(l.Door, RoomUpdated, l.ns, wire.UpdateRoomOf(e))
	case chat.EventClosed:
		emit(l.Door, RoomRemoved, l.ns, e.Room.ID)
	}
}

func (l *lobby) connected(ctx context.Context, s *socketio.Socket) error {
	l.telling.Lock()
	defer l.telling.Unlock()
	emit(l.Door, RoomList, s, l.shown(visitorOf(ctx).ID))
	return nil
}

// shown is the list as a visitor sees it.
func (l *lobby) shown(viewerID string) wire.RoomList {
	rooms := l.house.Rooms(0)
	total := len(rooms)
	if l.most >= 0 {
		rooms = rooms[:min(l.most, total)]
	}
	return wire.RoomListOf(rooms, total, viewerID)
}

func (l *lobby) list(ctx context.Context, _ *socketio.Socket, _ socketio.None) (wire.RoomsReply, error) {
	return wire.RoomsReplyOf(l.shown(visitorOf(ctx).ID)), nil
}

func (l *lobby) create(ctx context.Context, _ *socketio.Socket, q NewRoom) (wire.CreatedReply, error) {
	v := visitorOf(ctx)
	room, _, err := l.house.CreateRoom(ctx, v.Visitor, chat.NewRoom{
		CID: q.CID, Title: q.Title, Max: q.Max, Password: q.Password, Unlisted: q.Listed != nil && !*q.Listed,
	})
	if err != nil {
		return wire.CreatedReply{}, err
	}
	return wire.CreatedReplyOf(room, v.ID), nil
}

func (l *lobby) remove(ctx context.Context, _ *socketio.Socket, q RoomRequest) (wire.OK, error) {
	if q.Room == "" {
		return wire.OK{}, missingRoom()
	}
	return wire.Done, l.house.CloseRoom(ctx, visitorOf(ctx).Visitor, q.Room)
}
