package wire

import (
	"errors"
	"strconv"
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
	Limit        string    `json:"limit,omitzero"` // what was met, see docs/chat/limits.md
	N            int       `json:"n,omitzero"`     // its value
	Proof        *Proof    `json:"proof,omitzero"` // the work that is asked for
	Ref          string    `json:"ref,omitzero"`   // finds the log line of an internal error
}

// Proof asks for a number n so that the SHA-256 of "challenge:n" begins with so many zero bits. The
// same request with the proof "challenge:n" is let in.
type Proof struct {
	Challenge string `json:"challenge"`
	Bits      int    `json:"bits"`
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
		Message:      sorry(e, lang, ref),
		Retryable:    e.Retryable,
		RetryAfterMs: int64((e.RetryAfter + time.Millisecond - 1) / time.Millisecond),
		Field:        e.Field,
		Limit:        e.Limit,
		N:            e.N,
	}
	if e.Proof != nil {
		v.Proof = &Proof{e.Proof.Challenge, e.Proof.Bits}
	}
	if e.Code == chat.Internal {
		v.Ref = ref
	}
	return Failure{Error: v}
}

// sorry is the sentence about an error: of the limit that was met, where there is one.
func sorry(e *chat.Error, lang, ref string) string {
	wait := time.Duration((e.RetryAfter + time.Second - 1) / time.Second * time.Second)
	args := []string{"n", strconv.Itoa(e.N), "wait", spanOf(lang, wait), "ref", ref}
	if e.Limit != "" {
		// Of somebody else, or one's own.
		for _, key := range []string{e.Field + "." + e.Limit, "limit." + e.Limit} {
			if text := Text(lang, key, args...); text != key {
				return text
			}
		}
	}
	key := "err." + string(e.Code)
	if e.RetryAfter > 0 {
		if text := Text(lang, key+".wait", args...); text != key+".wait" {
			return text
		}
	}
	return Text(lang, key, args...)
}

// spanOf is a span in words: seconds below two minutes, else whole minutes, hours or days.
func spanOf(lang string, d time.Duration) string {
	unit, n := "span.s", int(d/time.Second)
	switch {
	case d >= 48*time.Hour:
		unit, n = "span.d", int((d+24*time.Hour-1)/(24*time.Hour))
	case d >= 2*time.Hour:
		unit, n = "span.h", int((d+time.Hour-1)/time.Hour)
	case d >= 2*time.Minute:
		unit, n = "span.m", int((d+time.Minute-1)/time.Minute)
	}
	return Text(lang, unit, "n", strconv.Itoa(n))
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
	case chat.WrongPassword, chat.NotOwner, chat.NotInCharge, chat.NotMember, chat.Kicked, chat.RoomBanned, chat.ReadOnly, chat.Banned, chat.BadOrigin, chat.DoorLocked:
		return 403
	case chat.NoSuchRoom, chat.NotFound:
		return 404
	case chat.RoomFull, chat.TooMany, chat.TooManyRooms, chat.NickTaken:
		return 409
	case chat.Closed, chat.NoSuchLink:
		return 410
	case chat.TooLarge:
		return 413
	case chat.BadType:
		return 415
	case chat.BadTitle, chat.BadSlug, chat.BadMax, chat.BadSpan, chat.BadPassword, chat.BadMessage, chat.BadNick, chat.TooLong, chat.BadImage:
		return 422
	case chat.RateLimited, chat.SlowMode, chat.LockedOut, chat.ProofNeeded:
		return 429
	case chat.Unavailable, chat.ServerFull:
		return 503
	case chat.NoSpace:
		return 507
	}
	return 500
}
