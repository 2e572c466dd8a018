package chat

import (
	"log/slog"
	"time"
)

// Room is what anyone may know of a room, at one moment.
type Room struct {
	ID         string
	Slug       string // its name in the address, /r/<slug>; "" = none
	Title      string
	Max        int    // seats
	Count      int    // seats taken
	OwnerID    string // session id of the owner
	Owner      string // the owner's color in this room
	Locked     bool   // it has a password
	Listed     bool
	DoorLocked bool          // nobody new gets in
	Quiet      bool          // those in charge alone may write
	Slow       time.Duration // between two messages of one who isn't in charge; 0 = none
	Life       Span          // how long it lasts after its last message
	History    Span          // how long its messages do, Always = as long as it does
	// seq of the oldest message that hasn't gone with time, or of the next one
	First   int64
	Kept    bool // by the operator: whatever its life is, it stays
	Created time.Time
	Active  time.Time // last message, or Created
	Closing time.Time // when it closes since its owner wants so; zero = nobody does
	// when it closes unless something is said; zero = that isn't known, or never
	Ends time.Time
	// in the list and in the lobby's events, of a room that anybody may walk into; else nil
	Glimpse *Glimpse
}

// RoomRecord is a room as a [Store] keeps it. Its Count is not kept.
type RoomRecord struct {
	Room
	PassHash PassHash  // "" = no password
	PassVer  int       // counts password changes; a grant is for one version
	LastRev  int64     // of its newest change; a new room has one, its first message
	LifeFrom time.Time // when its life began: with its last message, or when it was chosen
	Members  []Member  // everyone who ever had a seat, and the owner

	Since map[string]time.Time // when those who have a seat took it, by session; not for AddRoom
}

// RoomFields are fields of a room that a [Store] changes together. A nil one stays as it is.
type RoomFields struct {
	Listed     *bool
	DoorLocked *bool
	Title      *string
	Max        *int
	PassHash   *PassHash // "" = no password; either way grants of before end
	Quiet      *bool
	Slow       *time.Duration
	Kept       *bool
	Life       *Span
	LifeFrom   *time.Time
	History    *Span
	Closing    *time.Time // to the zero time = it isn't closing any more
}

// PassHash is a password's hash in PHC form. It prints as a placeholder, so that no log can hold
// it.
type PassHash string

func (PassHash) String() string       { return "[hash]" }
func (PassHash) GoString() string     { return "[hash]" }
func (PassHash) LogValue() slog.Value { return slog.StringValue("[hash]") }

// MarshalText keeps the hash out of every encoder.
func (PassHash) MarshalText() ([]byte, error) { return []byte("[hash]"), nil }

// Member is an identity inside one room. Color, Hue, Shape and NameIdx stay with it for the room's
// life; NameIdx needn't be the session's, as names differ within a room.
type Member struct {
	Identity
	Color string // "#rrggbb", unique in the room
	Hue   int    // 0..Hues-1, the least used of the room when the member came
	Shape int    // 0..Shapes-1
	Role  Role
	Left  time.Time // zero while the member has a seat

	Removed time.Time // by somebody in charge; zero = never, or it has come back
}

// NewRoom asks for a room.
type NewRoom struct {
	CID      string // names the request: the same session and CID make one room; "" = no name
	Slug     string // its name in the address; "" = none
	Title    string
	Max      int    // 0 = Limits.MaxDefault
	Password string // "" = none
	Unlisted bool
	Life     Span // "" = Terms.Life
	History  Span // "" = Terms.History
}
