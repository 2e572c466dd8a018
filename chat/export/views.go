package export

import (
	"cmp"
	"fmt"
	"time"

	"github.com/madang-chat/madang/chat"
)

// format counts changes that readers of older exports don't understand.
const format = 1

// room is room.json.
type room struct {
	Format   int    `json:"format"`
	Exported string `json:"exported"`

	ID         string `json:"id"`
	Title      string `json:"title"`
	Max        int    `json:"max"`
	Locked     bool   `json:"locked"` // it has a password, which isn't told
	Listed     bool   `json:"listed"`
	Kept       bool   `json:"kept"`
	DoorLocked bool   `json:"doorLocked"`
	Quiet      bool   `json:"quiet"`   // those in charge alone may write
	Slow       int    `json:"slow"`    // seconds between two messages of one person
	Life       string `json:"life"`    // empty, day, week, always: after its last message
	History    string `json:"history"` // of each message: day, week, month, always
	Created    string `json:"created"`
	Active     string `json:"active"` // last message
	Epoch      string `json:"epoch"`
	Rev        int64  `json:"rev"` // the export is the room as of this change

	People   []person `json:"people"`
	Messages int      `json:"messages"` // lines of messages.jsonl
	Media    int      `json:"media"`
	Lost     []string `json:"lost,omitzero"` // images that the server hasn't any more
}

// person is somebody who was in the room. User is how messages name the person.
type person struct {
	User      string `json:"user"` // #rrggbb, unique in the room
	Name      name   `json:"name"`
	Tag       string `json:"tag,omitzero"` // what a passphrase proves
	Hue       int    `json:"hue"`
	Shape     int    `json:"shape"`
	Owner     bool   `json:"owner,omitzero"`
	Moderator bool   `json:"moderator,omitzero"`
}

// name is one in both languages, which are the same where it was chosen.
type name struct {
	Ko  string `json:"ko"`
	En  string `json:"en"`
	Idx *int   `json:"idx,omitzero"` // of a generated name
}

func nameOf(c chat.Called) name {
	n := name{Ko: c.Name("ko"), En: c.Name("en")}
	if c.Nickname == "" {
		n.Idx = &c.NameIdx
	}
	return n
}

// called is the name as a store keeps it. One that another version generated is like a chosen one.
func (n name) called() chat.Called {
	if n.Idx != nil && *n.Idx >= 0 && chat.GeneratedName(*n.Idx, "ko") == n.Ko && chat.GeneratedName(*n.Idx, "en") == n.En {
		return chat.Called{NameIdx: *n.Idx}
	}
	return chat.Called{Nickname: cmp.Or(n.Ko, n.En)}
}

func memberName(m chat.Member) name {
	return nameOf(chat.Called{NameIdx: m.NameIdx, Nickname: m.Nickname})
}

func roomOf(r chat.RoomRecord) room {
	v := room{Format: format, ID: r.ID, Title: r.Title, Max: r.Max, Locked: r.Locked, Listed: r.Listed, Kept: r.Kept,
		DoorLocked: r.DoorLocked, Quiet: r.Quiet, Slow: int(r.Slow / time.Second), Life: string(r.Life), History: string(r.History),
		Created: stamp(r.Created), Active: stamp(r.Active), People: make([]person, len(r.Members))}
	for i, m := range r.Members {
		v.People[i] = person{User: m.Color, Name: memberName(m), Tag: m.Tag, Hue: m.Hue, Shape: m.Shape, Owner: m.Role == chat.RoleOwner,
			Moderator: m.Role == chat.RoleModerator}
	}
	return v
}

// message is a line of messages.jsonl. User and Name of a line of the server are whom it is about.
// All names are those of when the room was exported.
type message struct {
	Seq    int64   `json:"seq"`
	Time   string  `json:"time"`
	Kind   string  `json:"kind"`          // text, media, system
	Code   string  `json:"code,omitzero"` // of system: created, join, exit, removed …
	User   string  `json:"user"`
	Name   name    `json:"name"`
	Text   string  `json:"text"`
	Gone   string  `json:"deleted,omitzero"` // author, charge: by whom
	Title  string  `json:"title,omitzero"`   // of created and title
	Actor  string  `json:"actor,omitzero"`   // one in charge who did it, as User
	N      int     `json:"n,omitzero"`
	Until  string  `json:"until,omitzero"` // of banned; absent = for good
	Reason string  `json:"reason,omitzero"`
	Was    *name   `json:"was,omitzero"` // of nick: how User was called before, and behind it
	Now    *name   `json:"now,omitzero"`
	Media  []image `json:"media,omitempty"`
}

type image struct {
	File   string `json:"file"` // in the zip
	Type   string `json:"type"`
	W      int    `json:"w"`
	H      int    `json:"h"`
	Frames int    `json:"frames"`
	Bytes  int64  `json:"bytes"`
	Alt    string `json:"alt,omitzero"`   // what it shows, in the sender's words
	Flash  string `json:"flash,omitzero"` // strong, unknown; absent = calm
}

func messageOf(m chat.Message) message {
	v := message{Seq: m.Seq, Time: stamp(m.Created), Kind: string(m.Kind), Code: m.Code, User: m.By.Color, Name: memberName(m.By),
		Text: m.Text, Gone: string(m.Deleted), Title: m.Title, N: m.N, Reason: m.Reason}
	if m.Actor != nil {
		v.Actor = m.Actor.Color
	}
	if !m.Until.IsZero() {
		v.Until = stamp(m.Until)
	}
	if m.Code == chat.LineNick {
		was, now := nameOf(m.Was), nameOf(m.Now)
		v.Was, v.Now = &was, &now
	}
	for i, f := range m.Media {
		v.Media = append(v.Media, image{File: fileOf(m, i), Type: f.MIME, W: f.W, H: f.H, Frames: f.Frames, Bytes: f.Bytes,
			Alt: f.Alt, Flash: string(f.Flash)})
	}
	return v
}

// fileOf is the name of an image in the zip: of the message, and its place there.
func fileOf(m chat.Message, place int) string {
	return fmt.Sprintf("media/%06d-%d.%s", m.Seq, place+1, chat.MediaExt(m.Media[place].MIME))
}

func stamp(t time.Time) string { return t.UTC().Format(stampForm) }

const stampForm = "2006-01-02T15:04:05.000Z"
