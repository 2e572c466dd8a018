package live

import (
	"context"
	"errors"

	"github.com/madang-chat/madang/chat"
	"github.com/madang-chat/madang/chat/wire"
	"github.com/madang-chat/madang/socketio"
)

// What clients ask.
var (
	// In /room:
	CreateRoom = socketio.NewCall[NewRoom, wire.CreatedReply]("createRoom")
	List       = socketio.NewCall[ListRequest, listed]("list")
	RemoveRoom = socketio.NewCall[RoomRequest, wire.OK]("removeRoom")

	// In /chat:
	Join     = socketio.NewCall[JoinRequest, joined]("join")
	Leave    = socketio.NewCall[RoomRequest, wire.OK]("leave")
	Send     = socketio.NewCall[SendRequest, wire.SentReply]("chat")
	History  = socketio.NewCall[HistoryRequest, wire.PageReply]("history")
	Search   = socketio.NewCall[SearchRequest, wire.HitsReply]("search")
	Rename   = socketio.NewCall[NickRequest, wire.NickReply]("nick")
	Delete   = socketio.NewCall[MessageRequest, wire.DeletedReply]("delete")
	Clear    = socketio.NewCall[PersonRequest, wire.ClearedReply]("deleteAll")
	Kick     = socketio.NewCall[PersonRequest, wire.OK]("kick")
	Ban      = socketio.NewCall[BanRequest, wire.OK]("ban")
	Unban    = socketio.NewCall[PersonRequest, wire.OK]("unban")
	Bans     = socketio.NewCall[RoomRequest, wire.BansReply]("bans")
	Name     = socketio.NewCall[ModeratorRequest, wire.OK]("moderator")
	Transfer = socketio.NewCall[PersonRequest, wire.OK]("transfer")
	Report   = socketio.NewCall[ReportRequest, wire.OK]("report")
	Reports  = socketio.NewCall[RoomRequest, wire.ReportsReply]("reports")
	Dismiss  = socketio.NewCall[DismissRequest, wire.OK]("dismiss")

	UpdateRoom = socketio.NewCall[ChangeRequest, wire.ChangedReply]("updateRoom")
)

// What they are told.
var (
	// In /room:
	RoomList    = socketio.NewEvent[wire.RoomList]("roomList") // once, behind the connection
	RoomOpened  = socketio.NewEvent[wire.Room]("newRoom")
	RoomUpdated = socketio.NewEvent[wire.Room]("updateRoom") // in /chat too
	RoomRemoved = socketio.NewEvent[string]("removeRoom")    // the id

	// In /chat, to the members of a room:
	Posted       = socketio.NewEvent[wire.Chat]("chat")
	MemberJoined = socketio.NewEvent[wire.Line]("join")
	MemberLeft   = socketio.NewEvent[wire.Line]("exit")
	Renamed      = socketio.NewEvent[wire.Nick]("nick")
	Deleted      = socketio.NewEvent[wire.Gone]("remove")
	// to the sockets of who has to go
	Kicked   = socketio.NewEvent[wire.Out]("kicked")
	Reported = socketio.NewEvent[wire.ReportsChanged]("reported") // to those in charge
	// to those who may lock the door
	Crowded    = socketio.NewEvent[wire.Crowded]("crowded")
	RoomClosed = socketio.NewEvent[wire.RoomClosed]("roomClosed")

	// In both, to a client whose event failed and wanted no answer, and to all when the server
	// restarts:
	Notice = socketio.NewEvent[wire.Notice]("notice")
)

// NewRoom asks for a room.
type NewRoom struct {
	Slug     string `json:"slug"` // its name in the address; "" or absent = none
	Title    string `json:"title"`
	Max      int    `json:"max"`      // 0 or absent = the default
	Password string `json:"password"` // "" or absent = none
	Listed   *bool  `json:"listed"`   // absent = true
	CID      string `json:"cid"`      // names the request: a repetition makes no second room
	Life     string `json:"life"`     // "" or absent = the default, as of history
	History  string `json:"history"`
}

// ListRequest asks for a part of the list of rooms, all of them or those whose title has Q in it.
type ListRequest struct {
	Q      string `json:"q"`
	Cursor string `json:"cursor"` // next of the part before; "" or absent = the first
	Limit  int    `json:"limit"`  // 0 or absent = as many as there are in a part
}

// RoomRequest names a room.
type RoomRequest struct {
	Room string `json:"room"`
}

func (q RoomRequest) in() string { return q.Room }

// inRoom handles requests that have to name a room.
func inRoom[Q interface{ in() string }, R any](
	do func(context.Context, *socketio.Socket, Q) (R, error)) func(context.Context, *socketio.Socket, Q) (R, error) {
	return func(ctx context.Context, s *socketio.Socket, q Q) (none R, err error) {
		if q.in() == "" {
			return none, &chat.Error{Code: chat.BadRequest, Field: "room", Message: "the id of a room is missing"}
		}
		return do(ctx, s, q)
	}
}

// MessageRequest names a message of a room.
type MessageRequest struct {
	RoomRequest
	Seq int64 `json:"seq"`
}

// PersonRequest names somebody in a room.
type PersonRequest struct {
	RoomRequest
	User string `json:"user"` // the color
}

// BanRequest asks to ban somebody from a room.
type BanRequest struct {
	RoomRequest
	User    string `json:"user"`
	For     string `json:"for"`     // hour, day, good
	Address bool   `json:"address"` // newcomers from there too
	Reason  string `json:"reason"`
}

// ModeratorRequest asks to make somebody a moderator, or one no more.
type ModeratorRequest struct {
	RoomRequest
	User string `json:"user"`
	On   bool   `json:"on"`
}

// ReportRequest asks to report a message or, without a Seq, a person.
type ReportRequest struct {
	RoomRequest
	User   string `json:"user"`
	Seq    int64  `json:"seq"`
	Reason string `json:"reason"`
}

// DismissRequest asks to take a message or, without a Seq, a person from the list of reports.
type DismissRequest struct {
	RoomRequest
	User string `json:"user"`
	Seq  int64  `json:"seq"`
}

// ChangeRequest asks to change a room.
type ChangeRequest struct {
	RoomRequest
	wire.RoomChange
}

// JoinRequest asks to be let into a room.
type JoinRequest struct {
	RoomRequest
	Proof string `json:"proof"` // of the work that PROOF_NEEDED asked for
	Since *Since `json:"since"` // absent = the client knows nothing of the room yet
}

// Since is how far a returning client has read.
type Since struct {
	Epoch string `json:"epoch"`
	Rev   int64  `json:"rev"`
}

// SendRequest is a text for a room.
type SendRequest struct {
	RoomRequest
	CID  string `json:"cid"` // names the message: a repetition sends no second one
	Chat string `json:"chat"`
}

// NickRequest is how one wants to be called, in all rooms.
type NickRequest struct {
	Nickname string `json:"nickname"` // "" = by the generated name
}

// HistoryRequest asks for a page of a room. Before and After are seqs, exclusive; a Before of
// 0 is none. With After alone, 0 too, it is the oldest messages that match, else the newest.
type HistoryRequest struct {
	RoomRequest
	Before int64  `json:"before"`
	After  *int64 `json:"after"`
	Limit  int    `json:"limit"`
}

// emit sends an event and logs when it couldn't be encoded. To a single socket it also fails when
// that has ended, which is no news.
func emit[T any](d *Door, e socketio.Event[T], to socketio.Emitter, v T) {
	err := e.Emit(to, v)
	if err != nil && !errors.Is(err, socketio.ErrClosed) && !errors.Is(err, socketio.ErrSlow) {
		d.log.Error("chat: emit failed", "event", e.Name(), "error", err)
	}
}
