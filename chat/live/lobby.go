package live

import (
	"context"
	"errors"
	"time"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// lobby is the gateway of /room.
type lobby struct {
	*Door
	ns *socketio.Namespace

	// Of the goroutine that tells events.
	window time.Time // since when updates are counted
	told   int
	late   late

	again *time.Timer // tells what is late
}

func newLobby(d *Door, ns *socketio.Namespace) *lobby {
	l := &lobby{Door: d, ns: ns}
	l.again = time.AfterFunc(time.Hour, func() { d.house.InOrder(chat.Lobby, l.catchUp) })
	l.again.Stop()
	return l
}

// listeners is the Socket.IO room of those who have their list.
const listeners = "lobby"

// Events implements [socketio.Gateway].
func (l *lobby) Events(r *socketio.Registrar) {
	r.OnConnect(l.connected)
	CreateRoom.Handle(r, l.create)
	List.Handle(r, l.list)
	RemoveRoom.Handle(r, inRoom(l.remove))
}

// tell is called for each event of the lobby, one at a time.
func (l *lobby) tell(e chat.Event) {
	switch {
	case e.Kind != chat.EventUpdated:
		l.late.drop(e.Room.ID)
	case l.late.any():
		l.late.put(e)
		return
	case !l.mayUpdate():
		l.late.put(e)
		l.wait()
		return
	}
	l.tellOne(e, l.ns.To(listeners))
}

// catchUp tells what is late, as far as there is time for it.
func (l *lobby) catchUp() {
	for l.late.any() {
		if !l.mayUpdate() {
			l.wait()
			return
		}
		l.tellOne(l.late.next(), l.ns.To(listeners))
	}
}

// wait has catchUp called when the next updates may be told.
func (l *lobby) wait() { l.again.Reset(time.Until(l.window.Add(l.house.Limits().LobbyPause))) }

// mayUpdate keeps many busy rooms, which one address can make, from flooding all who look at the
// list: as many as a page of it are told of in a pause. The others wait.
func (l *lobby) mayUpdate() bool {
	limits := l.house.Limits()
	if now := time.Now(); now.Sub(l.window) >= limits.LobbyPause {
		l.window, l.told = now, 0
	}
	l.told++
	return l.told <= limits.LobbyPage
}

func (l *lobby) tellOne(e chat.Event, to socketio.Emitter) {
	switch e.Kind {
	case chat.EventOpened:
		emit(l.Door, RoomOpened, to, wire.RoomOf(e.Room, ""))
	case chat.EventUpdated:
		emit(l.Door, RoomUpdated, to, wire.RoomOf(e.Room, ""))
	case chat.EventUnlisted, chat.EventClosed:
		emit(l.Door, RoomRemoved, to, e.Room.ID)
	}
}

func (l *lobby) connected(ctx context.Context, s *socketio.Socket) error {
	v := visitorOf(ctx)
	look := l.look(s)
	defer look.done()
	p, err := l.house.Lobby(chat.Visitor{}, chat.LobbyQuery{})
	if err != nil {
		return err
	}
	list := wire.RoomListOf(p, v.ID)
	list.Mine = wire.RoomsOf(l.house.OwnRooms(v.Visitor), v.ID)
	emit(l.Door, RoomList, s, list)
	l.welcomeLate(s)
	return nil
}

// listed is the answer to list.
type listed struct {
	wire.RoomsReply
	look *look
}

// AfterAck implements [socketio.AfterAck].
func (a listed) AfterAck() { a.look.done() }

func (l *lobby) list(ctx context.Context, s *socketio.Socket, q ListRequest) (listed, error) {
	v := visitorOf(ctx)
	look, read := l.look(s), false
	defer func() {
		if !read {
			look.done()
		}
	}()
	p, err := l.house.Lobby(v.Visitor, chat.LobbyQuery{Title: q.Q, After: q.Cursor, Limit: q.Limit})
	if err != nil {
		return listed{}, renamed(err)
	}
	read = true
	return listed{wire.RoomsReplyOf(wire.RoomListOf(p, v.ID)), look}, nil
}

// renamed calls the field at fault as the request does.
func renamed(err error) error {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok || e.Field == "" {
		return err
	}
	own := *e
	own.Field = map[string]string{"title": "q", "after": "cursor", "limit": "limit"}[e.Field]
	return &own
}

func (l *lobby) create(ctx context.Context, _ *socketio.Socket, q NewRoom) (wire.CreatedReply, error) {
	v := visitorOf(ctx)
	room, dup, err := l.house.CreateRoom(ctx, v.Visitor, chat.NewRoom{
		CID: q.CID, Slug: q.Slug, Title: q.Title, Max: q.Max, Password: q.Password, Unlisted: q.Listed != nil && !*q.Listed,
		Life: chat.Span(q.Life), History: chat.Span(q.History),
	})
	if err != nil {
		return wire.CreatedReply{}, err
	}
	return wire.CreatedReplyOf(room, dup, v.ID), nil
}

func (l *lobby) remove(ctx context.Context, _ *socketio.Socket, q RoomRequest) (wire.OK, error) {
	return wire.Done, l.house.CloseRoom(ctx, visitorOf(ctx).Visitor, q.Room)
}
