package wire

import (
	"time"

	"github.com/madang-chat/madang/chat"
)

// Room is a room in a list, in an answer or in the lobby's events.
type Room struct {
	ID         string  `json:"_id"`
	Slug       string  `json:"slug,omitzero"` // its page is /r/<slug>
	Title      string  `json:"title"`
	Max        int     `json:"max"`
	Owner      *string `json:"owner"` // the owner's color
	Mine       *bool   `json:"mine,omitzero"`
	Password   bool    `json:"password"` // whether there is one
	Listed     bool    `json:"listed"`
	DoorLocked bool    `json:"doorLocked"`
	Quiet      bool    `json:"quiet"` // those in charge alone may write
	Slow       int     `json:"slow"`  // seconds between two messages of one person
	// how long it lasts after its last message: empty, day, week, always
	Life    string `json:"life"`
	History string `json:"history"`       // how long messages do: day, week, month, always
	Kept    bool   `json:"kept,omitzero"` // it doesn't end, the operator says
	// seq of the oldest message that hasn't gone with time
	First   int64 `json:"first"`
	Closing int64 `json:"closing,omitzero"` // when it closes, as its owner wants
	// when it does unless something is said; 0 = that isn't known, or never
	Ends      int64 `json:"ends"`
	Count     int   `json:"count"`
	CreatedAt int64 `json:"createdAt"`
	Active    int64 `json:"active"`
	// in the list and the lobby's events, of rooms that anybody may walk into: some of those who
	// are there, and what was said last
	Faces []Face `json:"faces,omitzero"`
	Last  *Last  `json:"last,omitzero"`
}

// Face is somebody in a room, as the list shows them.
type Face struct {
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"` // absent when a nickname is set
	Hue     int    `json:"hue"`
	Shape   int    `json:"shape"`
}

// Last is what was said last in a room: the beginning of a text, or that it was an image.
type Last struct {
	// User is as in the room: whoever has hidden somebody there sees nothing of theirs.
	User    string `json:"user"`
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"`
	Chat    string `json:"chat,omitzero"`
	Media   bool   `json:"media,omitzero"`
}

// RoomOf shows a room to a viewer, or to everybody with viewerID "".
func RoomOf(r chat.Room, viewerID string) Room {
	v := Room{ID: r.ID, Slug: r.Slug, Title: r.Title, Max: r.Max, Password: r.Locked, Listed: r.Listed, DoorLocked: r.DoorLocked, Count: r.Count,
		Life: string(r.Life), History: string(r.History), First: r.First, Kept: r.Kept, CreatedAt: ms(r.Created), Active: ms(r.Active)}
	v.Quiet, v.Slow = r.Quiet, int(r.Slow/time.Second)
	if !r.Closing.IsZero() {
		v.Closing = ms(r.Closing)
	}
	if !r.Ends.IsZero() {
		v.Ends = ms(r.Ends)
	}
	if r.Owner != "" {
		v.Owner = &r.Owner
	}
	if viewerID != "" {
		mine := r.OwnerID == viewerID
		v.Mine = &mine
	}
	if g := r.Glimpse; g != nil {
		v.glimpse(*g)
	}
	return v
}

func (v *Room) glimpse(g chat.Glimpse) {
	for _, f := range g.Faces {
		face := Face{Hue: f.Hue, Shape: f.Shape}
		face.Name, face.NameIdx = called(f.Called, "")
		v.Faces = append(v.Faces, face)
	}
	if s := g.Said; s != nil {
		v.Last = &Last{User: s.Color, Chat: s.Text, Media: s.Media}
		v.Last.Name, v.Last.NameIdx = called(s.By, "")
	}
}

// RoomsOf shows rooms; never nil.
func RoomsOf(rooms []chat.Room, viewerID string) []Room {
	return each(rooms, func(r chat.Room) Room { return RoomOf(r, viewerID) })
}

// Member is somebody with a seat.
type Member struct {
	User    string `json:"user"` // #rrggbb, unique in the room; an id rather than a paint
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"` // absent when a nickname is set
	Tag     string `json:"tag,omitzero"`     // what a passphrase proves
	Hue     int    `json:"hue"`
	Shape   int    `json:"shape"`
	Role    string `json:"role,omitzero"` // owner, moderator; absent for the others
}

// MemberOf shows a member in a language, or to everybody with lang "".
func MemberOf(m chat.Member, lang string) Member {
	name, idx := nameOf(m, lang)
	return Member{User: m.Color, Name: name, NameIdx: idx, Tag: m.Tag, Hue: m.Hue, Shape: m.Shape, Role: roleOf(m)}
}

func roleOf(m chat.Member) string {
	if m.Role == chat.RoleMember {
		return ""
	}
	return m.Role.String()
}

// MembersOf shows members; never nil.
func MembersOf(members []chat.Member, lang string) []Member {
	return each(members, func(m chat.Member) Member { return MemberOf(m, lang) })
}

// nameOf is how a member is called: a nickname always, a generated name where there is a language.
func nameOf(m chat.Member, lang string) (name string, idx *int) {
	return called(chat.Called{NameIdx: m.NameIdx, Nickname: m.Nickname}, lang)
}

func called(c chat.Called, lang string) (name string, idx *int) {
	if c.Nickname != "" {
		return c.Nickname, nil
	}
	if lang != "" {
		name = c.Name(lang)
	}
	return name, &c.NameIdx
}

// Chat is a message.
type Chat struct {
	ID      string `json:"_id"`
	Room    string `json:"room"`
	User    string `json:"user"` // the sender's color, "system" for lines of ours
	Name    string `json:"name,omitzero"`
	NameIdx *int   `json:"nameIdx,omitzero"`
	Tag     string `json:"tag,omitzero"`
	Hue     int    `json:"hue"`
	Shape   int    `json:"shape"`
	Role    string `json:"role,omitzero"` // the sender's, there or not, as in Member
	Kind    string `json:"kind"`          // text, media, system
	Chat    string `json:"chat,omitzero"`
	// the first of Media, for clients that know one alone: its file name under /gif/, whatever the
	// type
	GIF   string  `json:"gif,omitzero"`
	Media []Media `json:"media,omitzero"`
	// author, charge: by whom; there is no chat and no gif then
	Deleted   string `json:"deleted,omitzero"`
	Code      string `json:"code,omitzero"` // of system lines: join, exit, created …
	Args      *Args  `json:"args,omitzero"`
	CreatedAt int64  `json:"createdAt"`
	Seq       int64  `json:"seq"`
	Rev       int64  `json:"rev"`
	CID       string `json:"cid,omitzero"`
}

// Media describes an image, so that its box can be reserved.
type Media struct {
	Name   string `json:"name"` // of its file under /gif/
	MIME   string `json:"mime"`
	W      int    `json:"w"`
	H      int    `json:"h"`
	Bytes  int64  `json:"bytes"`
	Frames int    `json:"frames"`
	Alt    string `json:"alt,omitzero"`   // what it shows, in the sender's words
	Flash  string `json:"flash,omitzero"` // strong, unknown; absent = calm
}

// system is the user of lines of ours.
const system = "system"

// ChatOf shows a message in a language, or to everybody with lang "". The sender sees its cid.
func ChatOf(m chat.Message, lang, viewerID string) Chat {
	v := Chat{ID: m.ID, Room: m.Room, Kind: string(m.Kind), Chat: m.Text, Deleted: string(m.Deleted), CreatedAt: ms(m.Created), Seq: m.Seq, Rev: m.Rev}
	if m.Kind == chat.KindSystem {
		v.User, v.Code, v.Args, v.Chat = system, m.Code, argsOf(m, lang), sentence(m, lang)
		return v
	}
	v.User, v.Hue, v.Shape = m.By.Color, m.By.Hue, m.By.Shape
	v.Name, v.NameIdx = nameOf(m.By, lang)
	v.Tag, v.Role = m.By.Tag, roleOf(m.By)
	if len(m.Media) > 0 {
		v.GIF = m.Media[0].Name
		v.Media = each(m.Media, mediaOf)
	}
	if viewerID == m.By.ID {
		v.CID = m.CID
	}
	return v
}

func mediaOf(f chat.Media) Media {
	return Media{Name: f.Name, MIME: f.MIME, W: f.W, H: f.H, Bytes: f.Bytes, Frames: f.Frames, Alt: f.Alt, Flash: string(f.Flash)}
}

// ChatsOf shows messages; never nil.
func ChatsOf(messages []chat.Message, lang, viewerID string) []Chat {
	return each(messages, func(m chat.Message) Chat { return ChatOf(m, lang, viewerID) })
}

// RoomList is the payload of the lobby's event roomList.
type RoomList struct {
	Rooms []Room `json:"rooms"`
	Mine  []Room `json:"mine,omitzero"` // of the first part: the viewer's own, unlisted ones too
	Total int    `json:"total"`         // rooms in all parts
	Next  string `json:"next,omitzero"` // cursor of the part behind this one
}

// RoomListOf shows a part of the list.
func RoomListOf(p chat.LobbyPage, viewerID string) RoomList {
	return RoomList{Rooms: RoomsOf(p.Rooms, viewerID), Total: p.Total, Next: p.Next}
}

// RoomClosed is the payload of the event roomClosed.
type RoomClosed struct {
	Room   string `json:"room"`
	Reason string `json:"reason"` // owner, empty, quiet, operator
}

// RoomClosedOf shows EventClosed.
func RoomClosedOf(e chat.Event) RoomClosed { return RoomClosed{Room: e.Room.ID, Reason: e.Reason} }

// Crowded is the payload of the event crowded, for those who may lock the door.
type Crowded struct {
	Room  string `json:"room"`
	Count int    `json:"count"` // newcomers of a few seconds
}

// CrowdedOf shows EventCrowded.
func CrowdedOf(e chat.Event) Crowded { return Crowded{Room: e.Room.ID, Count: e.Count} }

// Notice is the payload of the event notice.
type Notice struct {
	Level   string    `json:"level"` // info, error
	Message string    `json:"message"`
	Code    chat.Code `json:"code,omitzero"`
}

// Limits are the numbers that the page checks by itself.
type Limits struct {
	Title    int    `json:"title"`
	Nickname int    `json:"nickname"` // characters
	Max      [2]int `json:"max"`      // seats of a room: least, most
	Usual    int    `json:"usual"`    // seats of a room that asks for no number
	Message  int    `json:"message"`  // characters
	Bytes    int    `json:"bytes"`    // of a message in UTF-8 and NFC
	Password [2]int `json:"password"` // least, most
	Upload   int64  `json:"upload"`   // bytes
	Pictures int    `json:"pictures"` // of one message
	Alt      int    `json:"alt"`      // characters
	Side     int    `json:"side"`     // pixels of a picture's width, and of its height
}

// LimitsOf shows the limits.
func LimitsOf(l chat.Limits) Limits {
	return Limits{Title: l.Title, Nickname: l.Nickname, Max: [2]int{l.MaxLeast, l.MaxMost}, Usual: l.MaxDefault, Message: l.MessageGraphemes,
		Bytes: l.MessageBytes, Password: [2]int{l.PasswordMin, l.PasswordMax}, Upload: int64(l.Upload), Pictures: l.Pictures,
		Alt: l.Alt, Side: l.ImageSide}
}

// Words are the adjectives and the animals of generated names, by language: the name with index i
// is adjective i mod n and animal i div n.
type Words map[string][2][]string

// NameWords are the words of every language.
func NameWords() Words {
	words := Words{}
	for _, lang := range Langs {
		adjectives, animals := chat.Words(lang)
		words[lang] = [2][]string{adjectives, animals}
	}
	return words
}

func each[T, V any](all []T, view func(T) V) []V {
	views := make([]V, len(all))
	for i, t := range all {
		views[i] = view(t)
	}
	return views
}
