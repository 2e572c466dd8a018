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
	NotMember     Code = "NOT_MEMBER"
	Closed        Code = "CLOSED"
	RateLimited   Code = "RATE_LIMITED"
	BadRequest    Code = "BAD_REQUEST"
	BadTitle      Code = "BAD_TITLE"
	BadMax        Code = "BAD_MAX"
	BadPassword   Code = "BAD_PASSWORD"
	BadMessage    Code = "BAD_MESSAGE"
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
	return []Code{NoSuchRoom, WrongPassword, RoomFull, NotOwner, NotMember, Closed, RateLimited, BadRequest,
		BadTitle, BadMax, BadPassword, BadMessage, TooLong, TooLarge, BadType, BadImage, NotFound,
		Unauthorized, BadOrigin, Unavailable, Internal}
}

// Error is an error meant for the client. Any other error is internal: doors log it and show
// [Internal] alone.
type Error struct {
	Code       Code
	Message    string        // English, for logs and developers; doors translate by Code
	Field      string        // the field of the request at fault, or ""
	Retryable  bool          // the same request may succeed later
	RetryAfter time.Duration // how long to wait first; 0 = not known
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

func tooFast(wait time.Duration) error {
	return &Error{Code: RateLimited, Message: "too fast", Retryable: true, RetryAfter: wait}
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
