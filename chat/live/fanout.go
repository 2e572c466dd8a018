package live

import (
	"iter"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// ownRoom is the Socket.IO room of one session's sockets in a room of the chat. The room's
// other sockets are in the Socket.IO room that has the room's id as name, and so are these.
func ownRoom(session, room string) string { return "own:" + session + ":" + room }

// tell is called for each event of every room, one at a time and in the order of rev within a room.
func (r *rooms) tell(e chat.Event) {
	room := e.Room.ID
	switch e.Kind {
	case chat.EventPosted:
		own := ownRoom(e.Message.By.ID, room)
		r.tellOne(e, r.ns.To(room).Except(own), "")
		r.tellOne(e, r.ns.To(own), e.Message.By.ID)
	case chat.EventJoined, chat.EventLeft, chat.EventDeleted, chat.EventRenamed:
		r.tellOne(e, r.ns.To(room), "")
	case chat.EventCrowded:
		for _, who := range e.To {
			emit(r.Door, Crowded, r.ns.To(ownRoom(who, room)), wire.CrowdedOf(e))
		}
	case chat.EventOut:
		r.showOut(e)
	case chat.EventReported:
		for _, session := range e.To {
			emit(r.Door, Reported, r.ns.To(ownRoom(session, room)), wire.ReportsChanged{Room: room})
		}
	case chat.EventChanged:
		r.tellChanged(r.ns.To(room), e)
	case chat.EventClosed:
		r.tellClosed(r.ns.To(room), e)
		r.empty(room)
	}
}

// tellOne tells a message or a line to sockets of one session, or to those of any when who is "".
func (r *rooms) tellOne(e chat.Event, to socketio.Emitter, who string) {
	switch e.Kind {
	case chat.EventPosted:
		emit(r.Door, Posted, to, wire.ChatOf(*e.Message, "", who))
	case chat.EventJoined:
		emit(r.Door, MemberJoined, to, wire.LineOf(e, ""))
	case chat.EventLeft:
		emit(r.Door, MemberLeft, to, wire.LineOf(e, ""))
	case chat.EventRenamed:
		emit(r.Door, Renamed, to, wire.NickOf(e, ""))
	case chat.EventDeleted:
		emit(r.Door, Deleted, to, wire.GoneOf(*e.Message))
	}
}

func (r *rooms) tellChanged(to socketio.Emitter, e chat.Event) {
	emit(r.Door, RoomUpdated, to, wire.RoomOf(e.Room, ""))
}

func (r *rooms) tellClosed(to socketio.Emitter, e chat.Event) {
	emit(r.Door, RoomClosed, to, wire.RoomClosedOf(e))
}

// empty takes all listeners out of a room that is gone.
func (r *rooms) empty(room string) {
	for v := range r.hearing(room) {
		v.forget()
	}
}

// showOut tells the sockets of somebody who has to go why, and takes them out of the room.
func (r *rooms) showOut(e chat.Event) {
	for v := range r.hearing(e.Room.ID) {
		if v.who == e.Who {
			v.tellOut(e)
			v.forget()
		}
	}
}

// hearing are the visits to a room that are among its listeners. Asking every socket costs 0.1 µs
// each, and this is for what is rare.
func (r *rooms) hearing(room string) iter.Seq[*visit] {
	return func(yield func(*visit) bool) {
		for s := range r.ns.Sockets() {
			all, ok := stays.Get(s)
			if !ok {
				continue // on its way in
			}
			if v := all.in(room); v != nil && v.hears() && !yield(v) {
				return
			}
		}
	}
}
