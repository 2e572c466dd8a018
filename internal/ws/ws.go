// Package ws reads and writes WebSocket frames (RFC 6455) for the server side, with
// permessage-deflate (RFC 7692) without context takeover.
//
// It does no I/O and starts no goroutine. Whoever reads a connection hands the bytes, however
// they arrived, to a [Decoder], which calls back for each message and each control frame. A
// frame that lies whole in the given bytes is unmasked where it is and delivered without a
// copy; only the rest of an incomplete one is kept. So an idle connection holds the small
// Decoder and no buffer. Frames to send are appended to a slice of the caller's.
//
// A Decoder belongs to one goroutine at a time. The functions may be called from any.
package ws

import "fmt"

// Opcode is the kind of a frame (RFC 6455, 5.2).
type Opcode byte

// The opcodes that RFC 6455 defines. All others are reserved.
const (
	Continuation Opcode = 0
	Text         Opcode = 1
	Binary       Opcode = 2
	Close        Opcode = 8
	Ping         Opcode = 9
	Pong         Opcode = 10
)

func (op Opcode) control() bool { return op >= Close }

func (op Opcode) known() bool { return op <= Binary || op >= Close && op <= Pong }

// Codes of a close frame that a [Decoder] asks for (RFC 6455, 7.4.1).
const (
	CodeProtocol = 1002 // the peer broke the framing
	CodeInvalid  = 1007 // text that is not UTF-8, or compressed data that does not inflate
	CodeTooBig   = 1009 // a message above the limit
)

// maxControl is the longest payload of a control frame (RFC 6455, 5.5).
const maxControl = 125

// Error is a fault of the peer. The connection is to be closed with its Code.
type Error struct {
	Code int    // CodeProtocol, CodeInvalid or CodeTooBig
	Text string // what was wrong, fit for the reason of a close frame
}

func (e *Error) Error() string { return fmt.Sprintf("websocket: %s (close code %d)", e.Text, e.Code) }

func protocolError(text string) error { return &Error{CodeProtocol, text} }
