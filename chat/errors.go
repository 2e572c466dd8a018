package chat

import (
	"errors"
	"time"
)

// Code tells a client what went wrong. Codes are part of the wire contract.
type Code string

// Every code that a client may meet.
const (
	NoSuchRoom    Code = "NO_SUCH_ROOM"
	WrongPassword Code = "WRONG_PASSWORD"
	RoomFull      Code = "ROOM_FULL"
	NotOwner      Code = "NOT_OWNER"
	NotInCharge   Code = "NOT_IN_CHARGE"
	NotMember     Code = "NOT_MEMBER"
	Kicked        Code = "KICKED"
	RoomBanned    Code = "ROOM_BANNED"
	TooMany       Code = "TOO_MANY"
	Closed        Code = "CLOSED"
	DoorLocked    Code = "DOOR_LOCKED"
	ProofNeeded   Code = "PROOF_NEEDED"
	RateLimited   Code = "RATE_LIMITED"
	LockedOut     Code = "LOCKED_OUT"
	Banned        Code = "BANNED"
	TooManyRooms  Code = "TOO_MANY_ROOMS"
	NoSuchLink    Code = "NO_SUCH_LINK"
	ServerFull    Code = "SERVER_FULL"
	NoSpace       Code = "NO_SPACE"
	BadRequest    Code = "BAD_REQUEST"
	BadTitle      Code = "BAD_TITLE"
	BadSlug       Code = "BAD_SLUG"
	BadMax        Code = "BAD_MAX"
	BadSpan       Code = "BAD_SPAN"
	BadPassword   Code = "BAD_PASSWORD"
	BadMessage    Code = "BAD_MESSAGE"
	BadNick       Code = "BAD_NICK"
	NickTaken     Code = "NICK_TAKEN"
	ReadOnly      Code = "READ_ONLY"
	SlowMode      Code = "SLOW_MODE"
	TooLong       Code = "TOO_LONG"
	TooLarge      Code = "TOO_LARGE"
	BadType       Code = "BAD_TYPE"
	BadImage      Code = "BAD_IMAGE"
	NotFound      Code = "NOT_FOUND"
	Unauthorized  Code = "UNAUTHORIZED"
	BadOrigin     Code = "BAD_ORIGIN"
	Unavailable   Code = "UNAVAILABLE"
	Internal      Code = "INTERNAL"
)

// Codes lists every code.
func Codes() []Code {
	return []Code{NoSuchRoom, WrongPassword, RoomFull, NotOwner, NotInCharge, NotMember, Kicked, RoomBanned, TooMany, Closed,
		DoorLocked, ProofNeeded, RateLimited,
		LockedOut, Banned, TooManyRooms, NoSuchLink, ServerFull, NoSpace, BadRequest,
		BadTitle, BadSlug, BadMax, BadSpan, BadPassword, BadMessage, BadNick, NickTaken, ReadOnly, SlowMode, TooLong, TooLarge,
		BadType, BadImage, NotFound,
		Unauthorized, BadOrigin, Unavailable, Internal}
}

// Error is an error meant for the client. Any other error is internal: doors log it and show
// [Internal] alone.
type Error struct {
	Code       Code
	Message    string        // English, for logs and developers; doors translate by Code
	Field      string        // the field of the request at fault, or ""
	Limit      string        // the limit that was met, see [AllLimits], or ""
	N          int           // its value; of a size, in MB and at least 1
	Retryable  bool          // the same request may succeed later
	RetryAfter time.Duration // how long to wait first; 0 = not known
	Proof      *Proof        // ProofNeeded: what to do
	Err        error         // the cause, for the log; never shown
}

func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

func (e *Error) Unwrap() error { return e.Err }

// Fail makes an error for the client.
func Fail(code Code, message string) error {
	return &Error{Code: code, Message: message, Retryable: code == Unavailable || code == RateLimited}
}

func failField(code Code, field, message string) error {
	return &Error{Code: code, Field: field, Message: message}
}

// Beyond is the error of a value that breaks the limit with that name.
func Beyond(code Code, field, limit string, n int, message string) error {
	return &Error{Code: code, Field: field, Limit: limit, N: n, Message: message}
}

func tooFast(limit string, n int, wait time.Duration) error {
	return &Error{Code: RateLimited, Message: "too fast", Limit: limit, N: n, Retryable: true, RetryAfter: wait}
}

// met is the error of a limit that waiting alone doesn't help against.
func met(code Code, limit string, n int, message string) error {
	return &Error{Code: code, Message: message, Limit: limit, N: n}
}

// storeError tells the client to try again when the store fails: a full disk, a closed database.
func storeError(attempt string, err error) error {
	if errors.Is(err, ErrNotFound) {
		return Fail(NoSuchRoom, "no such room")
	}
	return &Error{Code: Unavailable, Message: attempt, Retryable: true, Err: err}
}

// CodeOf is the code of err: "" for nil, Internal for every error that isn't an [*Error].
func CodeOf(err error) Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}
