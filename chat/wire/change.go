package wire

import "github.com/madang-chat/madang/chat"

// RoomChange asks to change a room. What is absent stays as it is.
type RoomChange struct {
	Listed     *bool      `json:"listed"`
	DoorLocked *bool      `json:"doorLocked"`
	Life       *chat.Span `json:"life"`
	History    *chat.Span `json:"history"`
}

// Of is the change that is asked for.
func (c RoomChange) Of() chat.RoomChange {
	return chat.RoomChange{Listed: c.Listed, DoorLocked: c.DoorLocked, Life: c.Life, History: c.History}
}

// ChangedReply answers a change of a room.
type ChangedReply struct {
	OK   bool `json:"ok"`
	Room Room `json:"room"`
}

// ChangedReplyOf answers with the room as it is now.
func ChangedReplyOf(r chat.Room, viewerID string) ChangedReply {
	return ChangedReply{OK: true, Room: RoomOf(r, viewerID)}
}
