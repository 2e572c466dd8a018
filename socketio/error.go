package socketio

import (
	"context"
	"errors"

	"github.com/madang-chat/madang/engineio"
	"github.com/madang-chat/madang/internal/calm"
)

var (
	// ErrClosed says that the socket has ended, or is about to.
	ErrClosed = engineio.ErrClosed
	// ErrSlow says that the queue of the connection is full. The connection is being closed.
	ErrSlow = engineio.ErrSlow
	// ErrDisconnected is what a waiting Ask gets when its socket ends before the answer came.
	ErrDisconnected = errors.New("socketio: disconnected before the answer came")
	// ErrNotConnected is what Ask returns in middleware: the client answers nothing before it is connected.
	ErrNotConnected = errors.New("socketio: not connected yet")
	// ErrShutdown is the context.Cause of a handler whose context ended because the server was closed, or because
	// Shutdown ran out of patience, and of Socket.Context when either of them ended the socket.
	ErrShutdown = errors.New("socketio: the server shuts down")
	// ErrReserved says that an event can't be emitted because Socket.IO itself uses its name.
	ErrReserved = errors.New("socketio: reserved event name")
	// ErrEventName says that an event can't be emitted because its name is empty or no UTF-8.
	ErrEventName = errors.New("socketio: the name of an event is empty or no UTF-8")
	// ErrTooManyAttachments says that an event or an ack has more binary parts than the parser of a client takes: the
	// client would disconnect. See Options.MaxAttachments.
	ErrTooManyAttachments = errors.New("socketio: more attachments than clients take")
	// ErrNoHandler is what an interceptor's next returns for an event that nobody handles.
	// The client gets no ack then, as with the official server.
	ErrNoHandler = errors.New("socketio: no handler for this event")
)

// An Error is an error that the client may see. Returned by a middleware it refuses the connection and reaches the
// client as connect_error with Message and Data; returned by a handler it becomes the ack, in the form that
// Options.EncodeError chooses. Every other error is logged and shown as "internal error". A nil *Error returned as an
// error is none.
type Error struct {
	Code    string // for programs, such as "not_found"; not part of a connect_error
	Message string // for people
	Data    any    // anything more; omitted when nil
	Err     error  // the cause: logged, never shown
}

// Codes of the errors that the library makes.
const (
	CodeInternal   = "internal"    // a panic, or an error that is no *Error
	CodeBadPayload = "bad_payload" // the arguments don't fit the type of the event
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// A PanicError is what Options.OnError gets when application code panicked, a method of an error that it returned
// included.
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

// hidden tells whether err holds something that the client doesn't see, so that it belongs into the log.
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
