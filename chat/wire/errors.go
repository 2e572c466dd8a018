package wire

import (
	"errors"
	"time"

	"github.com/madang-chat/madang/chat"
)

// Failure is the answer to what went wrong.
type Failure struct {
	OK    bool  `json:"ok"` // false
	Error Error `json:"error"`
}

// Error says what went wrong, in the caller's language.
type Error struct {
	Code         chat.Code `json:"code"`
	Message      string    `json:"message"`
	Retryable    bool      `json:"retryable"`
	RetryAfterMs int64     `json:"retryAfterMs,omitzero"`
	Field        string    `json:"field,omitzero"`
	Ref          string    `json:"ref,omitzero"` // finds the log line of an internal error
}

// ErrorOf shows an error. Only a [chat.Error] tells what it is; any other is internal and is
// known to the client by ref alone.
func ErrorOf(err error, lang, ref string) Failure {
	e, ok := errors.AsType[*chat.Error](err)
	if !ok {
		e = &chat.Error{Code: chat.Internal}
	}
	v := Error{
		Code:         e.Code,
		Message:      Text(lang, "err."+string(e.Code), "ref", ref),
		Retryable:    e.Retryable,
		RetryAfterMs: int64((e.RetryAfter + time.Millisecond - 1) / time.Millisecond),
		Field:        e.Field,
	}
	if e.Code == chat.Internal {
		v.Ref = ref
	}
	return Failure{Error: v}
}

// Status is the HTTP status of a code.
func Status(code chat.Code) int {
	switch code {
	case "":
		return 200
	case chat.BadRequest:
		return 400
	case chat.Unauthorized:
		return 401
	case chat.WrongPassword, chat.NotOwner, chat.NotMember, chat.BadOrigin:
		return 403
	case chat.NoSuchRoom, chat.NotFound:
		return 404
	case chat.RoomFull:
		return 409
	case chat.Closed:
		return 410
	case chat.TooLarge:
		return 413
	case chat.BadType:
		return 415
	case chat.BadTitle, chat.BadMax, chat.BadPassword, chat.BadMessage, chat.TooLong, chat.BadImage:
		return 422
	case chat.RateLimited:
		return 429
	case chat.Unavailable:
		return 503
	}
	return 500
}
