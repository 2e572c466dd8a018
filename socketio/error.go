package socketio

import (
	"context"
	"errors"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

var (
	ErrClosed             = engineio.ErrClosed // the socket has ended, or is about to
	ErrSlow               = engineio.ErrSlow   // the queue is full: the connection is being closed
	ErrDisconnected       = errors.New("socketio: disconnected before the answer came")
	ErrNotConnected       = errors.New("socketio: not connected yet") // of Ask in middleware
	ErrNoHandler          = errors.New("socketio: no handler for this event")
	ErrShutdown           = errors.New("socketio: the server shuts down") // as context.Cause
	ErrReserved           = errors.New("socketio: reserved event name")   // Socket.IO uses it
	ErrEventName          = errors.New("socketio: the name of an event is empty or no UTF-8")
	ErrTooManyAttachments = errors.New("socketio: more attachments than clients take")
	ErrOffset             = errors.New("socketio: the log doesn't have this offset") // of Since
	ErrTooManyRooms       = error(&Error{Code: CodeTooManyRooms, Message: "too many rooms"})
)

// An Error is one that the client sees. Others are shown as "internal error".
type Error struct {
	Code    string // for programs, such as "not_found"; not part of a connect_error
	Message string // for people
	Data    any    // anything more; omitted when nil
	Err     error  // the cause: logged, never shown
}

// Codes of the errors that the library makes.
const (
	CodeInternal      = "internal"       // a panic, or an error that is no *Error
	CodeBadPayload    = "bad_payload"    // the arguments don't fit the type of the event
	CodeRateLimited   = "rate_limited"   // Options.EventsPerSecond or BytesPerSecond
	CodeUnknownEvents = "unknown_events" // Options.UnknownEventsPerMinute
	CodeTooManyRooms  = "too_many_rooms" // Options.MaxRooms or MaxMemory
	// These end the connection.
	CodeBadPacket          = "bad_packet"           // it breaks the protocol
	CodeTooDeep            = "too_deep"             // Options.MaxDepth
	CodeTooManyAttachments = "too_many_attachments" // Options.MaxAttachments
	CodeTooLarge           = "too_large"            // Options.MaxPayload or MaxMemory
	// These are a ConnectionError.Name, of what ended a connection in no namespace.
	BrokenPacket = "BROKEN_PACKET" // it breaks the protocol or exceeds a limit
	NotConnected = "NOT_CONNECTED" // for a namespace that the client isn't in
)

const internalMessage = "internal error"

func (e *Error) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := e.Message
	if e.Code != "" {
		s = e.Code + ": " + s
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// A PanicError is what Options.OnError gets of code that panicked.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string {
	if e == nil {
		return "<nil>"
	}
	return "panic: " + calm.Text(e.Value)
}

// public is the part of err that the client may see.
func public(err error) *Error {
	if e := find[Error](err); e != nil {
		return e
	}
	return &Error{Code: CodeInternal, Message: internalMessage, Err: err}
}

// hidden tells whether err holds something that the client doesn't see, so that it belongs into the
// log.
func hidden(err error) bool {
	e := find[Error](err)
	return e == nil || e.Err != nil
}

type errorBody struct {
	Error errorFields `json:"error"`
}

type errorFields struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func encodeError(_ context.Context, _ *Socket, err error) any {
	e := public(err)
	return errorBody{errorFields{e.Code, e.Message, e.Data}}
}
