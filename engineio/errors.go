package engineio

import (
	"cmp"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strings"
)

// Transport names.
const (
	Polling   = "polling"
	WebSocket = "websocket"
)

// A Reason tells why a session ended, in the words of the official server.
type Reason string

const (
	// ReasonTransportClose: the client closed the connection.
	ReasonTransportClose Reason = "transport close"
	// ReasonTransportError: the connection broke or the client broke the rules of the transport.
	ReasonTransportError Reason = "transport error"
	// ReasonPingTimeout: the client didn't answer a heartbeat in time.
	ReasonPingTimeout Reason = "ping timeout"
	// ReasonParseError: the client sent something that is no packet.
	ReasonParseError Reason = "parse error"
	// ReasonForcedClose: the server closed the session.
	ReasonForcedClose Reason = "forced close"
	// ReasonSlow: the client didn't read as fast as it was sent to. The official server has no such limit.
	ReasonSlow Reason = "slow consumer"
)

var (
	// ErrClosed says that the session has ended or is about to.
	ErrClosed = errors.New("engineio: socket is closed")
	// ErrSlow says that the queue of the socket is full; the socket is being closed.
	ErrSlow = errors.New("engineio: outbound queue is full")
	// ErrTooLarge says that a client sent more than Options.MaxPayload.
	ErrTooLarge = errors.New("engineio: message larger than MaxPayload")
)

// Code is the number of a refusal, part of the answer's JSON.
type Code int

// The codes of the official server.
const (
	UnknownTransport Code = iota
	UnknownSID
	BadHandshakeMethod
	BadRequest
	Forbidden
	UnsupportedProtocolVersion
)

var codeTexts = [...]string{
	"Transport unknown", "Session ID unknown", "Bad handshake method", "Bad request", "Forbidden", "Unsupported protocol version",
}

// A ConnectionError is a refused request.
type ConnectionError struct {
	Request *http.Request
	Code    Code
	Message string // what the client was told
	Name    string // for BadRequest which rule was broken, such as TRANSPORT_MISMATCH; for Forbidden SHUTTING_DOWN or nothing
	Err     error  // what the application gave as cause, if it did

	status int // of the answer; 0: by the code
}

func (e *ConnectionError) Error() string {
	s := "engineio: " + e.Message
	if e.Name != "" {
		s += " (" + e.Name + ")"
	}
	if e.Err != nil && e.Err.Error() != e.Message {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *ConnectionError) Unwrap() error { return e.Err }

func refusal(code Code, name string) *ConnectionError {
	return &ConnectionError{Code: code, Message: codeTexts[code], Name: name}
}

// because adds the cause.
func (e *ConnectionError) because(err error) *ConnectionError {
	e.Err = err
	return e
}

func shuttingDown() *ConnectionError {
	e := refusal(Forbidden, "SHUTTING_DOWN")
	e.Message, e.status = "Server shutting down", http.StatusServiceUnavailable
	return e
}

// printable reports whether a header's value holds no control characters. net/http lets none through; middleware and other HTTP servers may.
func printable(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// tell passes a refusal on.
func (s *Server) tell(e *ConnectionError, r *http.Request) {
	e.Request = r
	s.write(slog.LevelDebug, "request refused", "error", e)
	if s.opts.OnConnectionError != nil {
		defer s.protect("Options.OnConnectionError")
		s.opts.OnConnectionError(e)
	}
}

// refuse answers a request that can't be served: JSON on polling, the
// plain message when the client asked for a WebSocket.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, upgrade bool, e *ConnectionError) {
	s.tell(e, r)
	if e.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	if upgrade {
		w.Header().Set("Connection", "close")
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(cmp.Or(e.status, http.StatusBadRequest))
		w.Write([]byte(e.Message))
		return
	}
	status := cmp.Or(e.status, http.StatusBadRequest)
	if e.Code == Forbidden && e.status == 0 {
		status = http.StatusForbidden
	}
	body, _ := json.Marshal(struct {
		Code    Code   `json:"code"`
		Message string `json:"message"`
	}{e.Code, e.Message})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(body)
}
