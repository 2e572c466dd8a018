package wire

import (
	"slices"

	"time"

	"github.com/madang-chat/madang/chat"
)

// RoomChange asks to change a room. What is absent stays as it is.
type RoomChange struct {
	Title      *string    `json:"title"`
	Max        *int       `json:"max"`
	Password   *string    `json:"password"` // "" = none any more
	Quiet      *bool      `json:"quiet"`    // those in charge alone may write
	Slow       *int       `json:"slow"`     // seconds between two messages of one person
	Listed     *bool      `json:"listed"`
	DoorLocked *bool      `json:"doorLocked"`
	Life       *chat.Span `json:"life"`
	History    *chat.Span `json:"history"`
	Closing    *bool      `json:"closing"` // true = it closes in a moment, false = it doesn't
}

// Of is the change that is asked for.
func (c RoomChange) Of() chat.RoomChange {
	v := chat.RoomChange{Title: c.Title, Max: c.Max, Password: c.Password, Quiet: c.Quiet,
		Listed: c.Listed, DoorLocked: c.DoorLocked, Life: c.Life, History: c.History, Closing: c.Closing}
	if c.Slow != nil {
		slow := time.Duration(min(max(*c.Slow, -1), 1<<20)) * time.Second
		v.Slow = &slow
	}
	return v
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

// Terms are the spans that rooms and messages may have on this server, from the shortest, and those
// of a room that asks for none.
type Terms struct {
	Life      string   `json:"life"`
	Lives     []string `json:"lives"`
	History   string   `json:"history"`
	Histories []string `json:"histories"`
}

// TermsOf shows the terms.
func TermsOf(t chat.Terms) Terms {
	to := func(all []chat.Span, most chat.Span) []string {
		return each(all[:slices.Index(all, most)+1], func(s chat.Span) string { return string(s) })
	}
	return Terms{Life: string(t.Life), Lives: to(chat.Lives, t.LifeMost),
		History: string(t.History), Histories: to(chat.Histories, t.HistoryMost)}
}
