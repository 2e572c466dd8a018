package chat

import (
	"context"
	"errors"
	"iter"
	"time"
)

// ErrNotFound is what a Store answers when there is no such row.
var ErrNotFound = errors.New("not found")

// Store keeps what must last. Methods are safe for concurrent use and return after the commit.
// storetest holds the suite that every store passes.
type Store interface {
	SessionStore
	RoomStore
	MessageStore
	BanStore
	ChargeStore

	// Epoch names this body of data; a new or restored database has another.
	Epoch() string
	// Began is when the epoch did, zero if nobody knows. What is older may belong to other data.
	Began() time.Time
	// Beat notes that a server was at work at a time.
	Beat(ctx context.Context, at time.Time) error
	// Resume is Beat at the start of a server. When the beat before was more than least ago, the
	// lives of all rooms begin so much later, but not after at.
	Resume(ctx context.Context, at time.Time, least time.Duration) error
	// Close waits for what is under way and lets go of everything.
	Close() error
}

// SessionStore keeps sessions.
type SessionStore interface {
	AddSession(ctx context.Context, s Session) error
	// Session finds by token hash or by that of the token before, whether expired or not, or fails
	// with ErrNotFound.
	Session(ctx context.Context, tokenHash [32]byte) (Session, error)
	// Profile is the public part of a session, or ErrNotFound.
	Profile(ctx context.Context, id string) (Identity, error)
	// Rename gives a session the nickname and the tag of id, and does to each room what Append does
	// with its line: Message.Now is how the member is called in that room from here on. committed
	// is called as that of Append is. Rooms that are gone are passed over. ErrNotFound is a session
	// that is gone.
	Rename(ctx context.Context, id Identity, lines []Message, committed func([]Message)) error
	// Label says what kind of device a session is of.
	Label(ctx context.Context, device, label string) error
	// Devices lists the sessions of an identity, the first made first, without those that have
	// expired by now.
	Devices(ctx context.Context, id string, now time.Time) ([]Device, error)
	// EndDevice ends a session of an identity, or fails with ErrNotFound.
	EndDevice(ctx context.Context, id, device string, now time.Time) error
	// Forget ends all sessions of an identity and takes its nicknames and tags from it, from rooms,
	// and from the lines that tell of their changes.
	Forget(ctx context.Context, id string, now time.Time) error
	// TouchSessions sets when sessions were seen and expire. Those that are gone are passed over.
	TouchSessions(ctx context.Context, seen []Seen) error
	// RenewSession gives a session another token. ErrNotFound is a session that is gone, or whose
	// token isn't r.Was any more.
	RenewSession(ctx context.Context, r Renewal) error
	// EndFormer sets when the token before ends, unless that is set.
	EndFormer(ctx context.Context, id string, until time.Time) error
	// RemoveSessions deletes at most limit sessions that have ended or expired by now, or were made
	// before unused and not seen since. Members and owners of rooms are spared, and the first
	// session of an identity that has others. n is how many it were.
	RemoveSessions(ctx context.Context, now, unused time.Time, limit int) (n int, err error)
}

// Renewal replaces the token of a session. All hashes are SHA-256 of tokens.
type Renewal struct {
	Session string
	Was     [32]byte // the token until now
	Token   [32]byte // the new one
	Former  [32]byte // the one that still works
	At      time.Time
}

// RoomStore keeps rooms and their members.
type RoomStore interface {
	// AddRoom inserts a room, its first member (the owner) and its first message, whose Seq and
	// Rev are 1. When the owner already made a room with that cid, nothing is inserted and its id
	// is returned. Two rooms with the same slug are an error.
	AddRoom(ctx context.Context, r RoomRecord, cid string, first Message) (id string, err error)
	// RoomMade is the id of the room made under that cid, which may be gone, or ErrNotFound.
	RoomMade(ctx context.Context, session, cid string) (id string, err error)
	// Rooms lists all rooms. Members are told of those alone where somebody has a seat.
	Rooms(ctx context.Context) ([]RoomRecord, error)
	// Room finds a room, or fails with ErrNotFound.
	Room(ctx context.Context, id string) (RoomRecord, error)
	// Memberships are what a session is in the rooms that know it, by room.
	Memberships(ctx context.Context, session string) (map[string]Member, error)
	// ChangeRoom changes a room. committed is called as that of Append is, and the calls for a room
	// come in the order of the changes. An unknown room is ErrNotFound.
	ChangeRoom(ctx context.Context, id string, f RoomFields, committed func()) error
	// ImportRoom adds a room whole: with r.Members, whom it makes sessions for that nobody can use,
	// and with messages, each with its own Seq, which is its Rev too. Nobody finds the room before
	// all of it is there, and nothing is left of it when messages end with an error, the store
	// fails, or the process ends.
	ImportRoom(ctx context.Context, r RoomRecord, messages iter.Seq2[Message, error]) error
	// RemoveRoom deletes a room and all that belongs to it, and returns its files' names.
	RemoveRoom(ctx context.Context, id string) (files []string, err error)
}

// MessageStore keeps messages.
type MessageStore interface {
	// Append inserts e.Message with the room's next Seq and Rev, and applies e.Seat. When there is
	// a message with the same Room, By.ID and CID, nothing changes and that one is returned with
	// dup true. Else committed is called once, after the commit and before Append returns. Calls of
	// committed come one at a time and, within a room, in Rev order; it doesn't block.
	// An unknown room is ErrNotFound.
	Append(ctx context.Context, e Entry, committed func(Message)) (m Message, dup bool, err error)
	// Messages reads a range, in seq order, in one snapshot. An unknown room is ErrNotFound.
	Messages(ctx context.Context, room string, r Range) (Snapshot, error)
	// Changes reads the messages whose rev is larger, in rev order, in one snapshot. More says that
	// there are more than limit. An unknown room is ErrNotFound.
	Changes(ctx context.Context, room string, rev int64, limit int) (Snapshot, error)
	// Search looks for messages in one snapshot. What is deleted, or has gone, is never found. An
	// unknown room is ErrNotFound.
	Search(ctx context.Context, room string, q Seek) (Sought, error)
	// ForgetMessages deletes the oldest messages of a room, at most limit, as long as they are
	// older than before, with their media, and those members whom no message is about any more, who
	// have no seat and no role. committed is called as that of Append is, when anything was
	// deleted. An unknown room is ErrNotFound.
	ForgetMessages(ctx context.Context, room string, before time.Time, limit int, committed func(Forgotten)) (Forgotten, error)
	// DeleteMessages blanks what was said, and removes its media: see Erasure. Each message gets
	// the room's next Rev. committed is called as that of Append is, with the messages as they are
	// now, in Rev order, and with the media that they had; it isn't when there were none. An
	// unknown room is ErrNotFound.
	DeleteMessages(ctx context.Context, e Erasure, committed func(gone []Message, media []Media)) error
	// Media finds a media by file name, or ErrNotFound.
	Media(ctx context.Context, name string) (Media, error)
	// RemovedFiles lists the files of media that were removed, until FilesRemoved.
	RemovedFiles(ctx context.Context) ([]string, error)
	// FilesRemoved says that such files are gone too.
	FilesRemoved(ctx context.Context, names []string) error
	// MediaBytes sums up the media of each room that has some.
	MediaBytes(ctx context.Context) (map[string]int64, error)
	// Last lists the newest message of each room that isn't a line of ours and isn't deleted, where
	// that is among the room's newest hundred.
	Last(ctx context.Context) ([]Message, error)
	// Said counts the messages that aren't lines of ours, of a room or, with "", of each that has
	// some.
	Said(ctx context.Context, room string) (map[string]int64, error)
}

// BanStore keeps bans, of each session and network one.
type BanStore interface {
	// AddBan adds a ban in place of the one of the same session or network, and gives it an ID that
	// none had before. committed is called as that of Append is.
	AddBan(ctx context.Context, b Ban, committed func(Ban)) (Ban, error)
	// Bans lists all bans by ID, those that have ended included.
	Bans(ctx context.Context) ([]Ban, error)
	// LiftBan deletes a ban, or fails with ErrNotFound. committed is called as above.
	LiftBan(ctx context.Context, id int64, committed func()) error
	// RemoveBans deletes those that have ended by now.
	RemoveBans(ctx context.Context, now time.Time) error
}

// ChargeStore keeps what those in charge of rooms decide, and what they are told.
type ChargeStore interface {
	// AddRoomBan adds a ban in place of the one of the same session in the room. committed is
	// called as that of Append is. An unknown room is ErrNotFound.
	AddRoomBan(ctx context.Context, b RoomBan, committed func()) error
	// RoomBans lists all, the oldest first, those that have ended included.
	RoomBans(ctx context.Context) ([]RoomBan, error)
	// LiftRoomBan deletes a ban, or fails with ErrNotFound. The member isn't removed any more.
	LiftRoomBan(ctx context.Context, room, session string, committed func()) error
	// RemoveRoomBans deletes those that have ended by now.
	RemoveRoomBans(ctx context.Context, now time.Time) error
	// AddReport keeps a report in place of the same visitor's about the same. When a room has more
	// than most, the oldest go. An unknown room is ErrNotFound.
	AddReport(ctx context.Context, r Report, most int) error
	// Reports lists those of a room, the newest first.
	Reports(ctx context.Context, room string) ([]Report, error)
	// DropReports deletes those about a message of a session, or with seq 0 about that person; with
	// seq -1 all about either.
	DropReports(ctx context.Context, room, about string, seq int64) error
}

// Erasure names the messages to delete: that with a Seq, or the newest of a session. Lines of ours
// are passed over, and what is deleted already.
type Erasure struct {
	Room string
	Seq  int64  // 0 = those of By
	By   string // session
	Most int    // of By's
	How  Deletion
	At   time.Time
}

// Entry is one change of a room's log.
type Entry struct {
	Message Message // without Seq and Rev
	Seat    SeatChange
	Role    *Role // that the member gets whom it is about; nil = it keeps its own
	Former  Role  // that the owner has from there on, when that member becomes the owner
}

// Forgotten is what [MessageStore].ForgetMessages has deleted.
type Forgotten struct {
	First   int64     // seq of the oldest message that is left, or of the next one
	Oldest  time.Time // when it was sent; zero = none is left
	Files   []string
	Bytes   int64 // of the files
	Members []string
	More    bool // the next one is too old, too
}

// SeatChange is what a message does to the seat of the member it is about.
type SeatChange int

// Seat changes.
const (
	SeatKept    SeatChange = iota
	SeatTaken              // the member is inserted, or marked present again
	SeatFreed              // the member is marked as having left
	SeatRemoved            // and as removed, until it takes a seat again or LiftRoomBan
)

// Files removes uploaded files. *media.Files is one.
type Files interface {
	// Names calls f with every file and when it was changed, until f fails. Uploads that were never
	// finished are files too.
	Names(f func(name string, changed time.Time) error) error
	// Free is how much may still be written where they lie; ok is false when nobody knows.
	Free() (bytes int64, ok bool)
	// Remove deletes a file; one that doesn't exist is no error.
	Remove(name string) error
}
