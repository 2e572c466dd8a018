package chat

import "time"

// Kind is the kind of a message.
type Kind string

// Kinds of messages.
const (
	KindText   Kind = "text"
	KindMedia  Kind = "media"
	KindSystem Kind = "system"
)

// Codes of system messages.
const (
	LineCreated = "created"
	LineJoin    = "join"
	LineExit    = "exit"
	LineNick    = "nick"
	LineOwner   = "owner" // whom it is about is the owner from here on

	// Of those in charge; Actor is who did it.
	LineRemoved = "removed" // By was removed, and may come back
	LineCleared = "cleared" // N messages of By were deleted
	LineBanned  = "banned"  // By was banned: Until, Reason
	LineLifted  = "lifted"  // By is banned no more
	LineNamed   = "named"   // By is a moderator
	LineUnnamed = "unnamed" // By is a moderator no more

	// Of a room that By has changed.
	LineTitle    = "title"    // Title
	LineMax      = "max"      // N seats
	LinePassword = "password" // there is one, or another
	LineOpen     = "open"     // there is none any more
	LineListed   = "listed"
	LineUnlisted = "unlisted"
	LineQuiet    = "quiet" // those in charge alone may write
	LineTalk     = "talk"  // everybody may again
	LineSlow     = "slow"  // N seconds between two messages; 0 = none
)

// Deletion says who deleted a message, and no more than that.
type Deletion string

// Deletions.
const (
	DeletedByAuthor Deletion = "author"
	DeletedInCharge Deletion = "charge" // by the owner or a moderator
)

// Message is one line of a room.
type Message struct {
	ID      string // ULID
	Room    string
	Seq     int64 // 1, 2, 3 … in the room
	Rev     int64 // 1, 2, 3 … over all changes of the room
	CID     string
	Kind    Kind
	Text    string   // text, or the caption of images
	Media   []Media  // KindMedia: one image or a few, in the sender's order
	Deleted Deletion // "" = it isn't; else there is neither Text nor Media
	Code    string   // KindSystem: LineCreated and so on
	Title   string   // LineCreated: the room's title then
	Actor   *Member  // of a line about those in charge
	N       int
	Until   time.Time // LineBanned: zero = for good
	Reason  string
	Created time.Time
	By      Member // the sender, or whom a line is about, with the name of now; Left isn't set

	Was, Now Called // LineNick: how By was called before the line and behind it
}

// Called is how a member was called at some time.
type Called struct {
	NameIdx  int    `json:"idx"`
	Nickname string `json:"nick,omitzero"`
	Tag      string `json:"tag,omitzero"`
}

// Name is the name in a language.
func (c Called) Name(lang string) string { return nameOf(c.Nickname, c.NameIdx, lang) }

func calledOf(id Identity) Called {
	return Called{NameIdx: id.NameIdx, Nickname: id.Nickname, Tag: id.Tag}
}

// Media is a stored image.
type Media struct {
	Name   string // file name: 32 hex digits, dot, extension
	Room   string
	MIME   string
	W, H   int
	Frames int
	Bytes  int64
	SHA256 [32]byte
	Alt    string // what it shows, in the sender's words; "" = nobody said
	Flash  Flash
}

// Flash says whether an image may be dangerous to look at.
type Flash string

// What is known of an image's flashes.
const (
	FlashNone    Flash = ""        // it stands still, or is calm
	FlashStrong  Flash = "strong"  // more than three strong flashes within a second
	FlashUnknown Flash = "unknown" // it moves, and nobody can tell
)

// Post asks to send a message.
type Post struct {
	Room string
	CID  string // names the message: 1–64 of [0-9A-Za-z_-]; "" = the message can't be retried
	Text string // required without media
}

// Range selects messages by seq; both bounds are exclusive, and a Before of 0 is open.
type Range struct {
	Before, After int64
	Oldest        bool // the oldest that match are chosen, else the newest
	Limit         int
}

// Snapshot is a part of a room's messages in seq order, with the room's revision when they were
// read.
type Snapshot struct {
	Epoch    string
	Rev      int64
	Messages []Message
	More     bool // there are further ones beyond the chosen end
	Reset    bool // the reader's state is of no use: forget it and take Messages
}

// Since is how far a returning client has read.
type Since struct {
	Epoch string
	Rev   int64
}

// MediaExt is the extension of a stored image's file name, "" for a type that isn't taken.
func MediaExt(mime string) string {
	switch mime {
	case "image/gif":
		return "gif"
	case "image/png":
		return "png"
	case "image/jpeg":
		return "jpg"
	case "image/webp":
		return "webp"
	}
	return ""
}
