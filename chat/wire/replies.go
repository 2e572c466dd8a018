package wire

import (
	"net/url"

	"github.com/madang-chat/madang/chat"
)

// OK is the answer to what has nothing to tell.
type OK struct {
	OK bool `json:"ok"`
}

// Done is OK.
var Done = OK{OK: true}

// CreatedReply answers the making of a room.
type CreatedReply struct {
	OK   bool   `json:"ok"`
	Room Room   `json:"room"`
	URL  string `json:"url"`
	// it was there before: made by the same request, or by whoever took the slug first
	Dup bool `json:"dup"`
}

// CreatedReplyOf answers with a room.
func CreatedReplyOf(r chat.Room, dup bool, viewerID string) CreatedReply {
	return CreatedReply{OK: true, Dup: dup, Room: RoomOf(r, viewerID), URL: RoomURL(r)}
}

// RoomURL is the path of a room's page.
func RoomURL(r chat.Room) string {
	if r.Slug != "" {
		return SlugURL(r.Slug)
	}
	return "/room/" + r.ID
}

// SlugURL is the path of the page of a room with a slug, whether there is one or not.
func SlugURL(slug string) string { return "/r/" + url.PathEscape(slug) }

// EnteredReply answers a right password.
type EnteredReply struct {
	OK  bool   `json:"ok"`
	URL string `json:"url"`
}

// EnteredReplyOf answers for a room.
func EnteredReplyOf(r chat.Room) EnteredReply { return EnteredReply{OK: true, URL: RoomURL(r)} }

// RoomsReply answers list; its fields are those of RoomList.
type RoomsReply struct {
	OK    bool   `json:"ok"`
	Rooms []Room `json:"rooms"`
	Total int    `json:"total"`
	Next  string `json:"next,omitzero"`
}

// RoomsReplyOf answers with a part of the list.
func RoomsReplyOf(list RoomList) RoomsReply {
	return RoomsReply{OK: true, Rooms: list.Rooms, Total: list.Total, Next: list.Next}
}

// MeReply answers who asks for oneself, or changes something of it.
type MeReply struct {
	OK bool `json:"ok"`
	Me Me   `json:"me"`
}

// MeReplyOf answers with an identity.
func MeReplyOf(id chat.Identity, lang string) MeReply { return MeReply{OK: true, Me: MeOf(id, lang)} }

// AllowanceReply answers who asks how much of pictures one may still send.
type AllowanceReply struct {
	OK   bool  `json:"ok"`
	Left int64 `json:"left"` // bytes
	Most int64 `json:"most"` // that come back within a day, evenly; 0 = there is no limit
}

// AllowanceReplyOf answers with what is left.
func AllowanceReplyOf(a chat.Allowance) AllowanceReply {
	return AllowanceReply{OK: true, Left: a.Left, Most: a.Most}
}

// DevicesReply answers who asks for one's devices.
type DevicesReply struct {
	OK      bool     `json:"ok"`
	Devices []Device `json:"devices"`
}

// LinkReply answers who wants to go on at another device.
type LinkReply struct {
	OK      bool     `json:"ok"`
	URL     string   `json:"url"`
	QR      []string `json:"qr"` // the same for a camera: rows of 0 and 1, 1 is black
	Expires int64    `json:"expires"`
}

// LinkedReply says who a link leads to, or that one is that by now.
type LinkedReply struct {
	OK   bool `json:"ok"`
	Me   Me   `json:"me"`
	Same bool `json:"same"` // the browser is a device of the same visitor already
}

// LinkedReplyOf answers with an identity.
func LinkedReplyOf(id chat.Identity, lang string, same bool) LinkedReply {
	return LinkedReply{OK: true, Me: MeOf(id, lang), Same: same}
}

// NickReply answers nick, and tells how the name is kept.
type NickReply struct {
	OK       bool   `json:"ok"`
	Nickname string `json:"nickname"` // "" = the generated name
}

// JoinReply answers join.
type JoinReply struct {
	OK       bool     `json:"ok"`
	Room     Room     `json:"room"`
	Me       Member   `json:"me"`
	Members  []Member `json:"members"`
	Epoch    string   `json:"epoch"`
	Rev      int64    `json:"rev"`
	Messages []Chat   `json:"messages"`
	Reset    bool     `json:"reset"`
	More     bool     `json:"more"`
}

// JoinReplyOf answers with a room as the newcomer finds it.
func JoinReplyOf(j chat.Joined, lang, viewerID string) JoinReply {
	return JoinReply{OK: true, Room: RoomOf(j.Room, viewerID), Me: MemberOf(j.Me, lang), Members: MembersOf(j.Members, lang),
		Epoch: j.Epoch, Rev: j.Rev, Messages: ChatsOf(j.Messages, lang, viewerID), Reset: j.Reset, More: j.More}
}

// PageReply answers a request for history.
type PageReply struct {
	OK       bool   `json:"ok"`
	Messages []Chat `json:"messages"`
	Epoch    string `json:"epoch"`
	Rev      int64  `json:"rev"`
	More     bool   `json:"more"`
}

// PageReplyOf answers with messages.
func PageReplyOf(s chat.Snapshot, lang, viewerID string) PageReply {
	return PageReply{OK: true, Messages: ChatsOf(s.Messages, lang, viewerID), Epoch: s.Epoch, Rev: s.Rev, More: s.More}
}

// DeletedReply answers the deletion of a message.
type DeletedReply struct {
	OK  bool  `json:"ok"`
	Rev int64 `json:"rev"` // of what is left
}

// ClearedReply answers the deletion of all that somebody said.
type ClearedReply struct {
	OK bool `json:"ok"`
	N  int  `json:"n"` // messages
}

// SentReply answers a message.
type SentReply struct {
	OK        bool   `json:"ok"`
	ID        string `json:"_id"`
	Seq       int64  `json:"seq"`
	Rev       int64  `json:"rev"`
	CreatedAt int64  `json:"createdAt"`
	Dup       bool   `json:"dup"` // the cid was used before; the rest tells of that message
	// of images, as in Chat; and those that aren't in the message, and why
	GIF     string    `json:"gif,omitzero"`
	Media   []Media   `json:"media,omitzero"`
	Refused []Refused `json:"refused,omitzero"`
}

// Refused is an image that couldn't be taken, of a message that was sent without it.
type Refused struct {
	Index int   `json:"index"` // among those that came
	Error Error `json:"error"`
}

// RefusedOf shows why an image wasn't taken.
func RefusedOf(index int, err error, lang string) Refused {
	return Refused{Index: index, Error: ErrorOf(err, lang, "").Error}
}

// SentReplyOf answers with the message that is kept.
func SentReplyOf(m chat.Message, dup bool) SentReply {
	v := ChatOf(m, "", "")
	return SentReply{OK: true, ID: m.ID, Seq: m.Seq, Rev: m.Rev, CreatedAt: ms(m.Created), Dup: dup, GIF: v.GIF, Media: v.Media}
}
