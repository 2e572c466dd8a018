package engineio

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/madang-chat/madang/internal/calm"
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
	// ReasonContextEnded: the application ended what Options.ConnContext returned.
	ReasonContextEnded Reason = "context ended"
	// ReasonSlow: the client didn't read as fast as it was sent to. The official server has no such
	// limit.
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
	Request *http.Request // the one that was refused
	Code    Code
	Message string // what the client was told
	// Name tells for BadRequest which rule was broken, such as TRANSPORT_MISMATCH; for Forbidden it
	// is SHUTTING_DOWN, TOO_MANY_PENDING, CONTEXT_ENDED, OWNER_UNREACHABLE, TOO_MANY_UNKNOWN or
	// empty.
	Name string
	Err  error // the cause, where the application gave one or the server knows more

	status int           // of the answer; 0: by the code
	retry  time.Duration // when the client may come back; 0: not told
}

func (e *ConnectionError) Error() string {
	if e == nil {
		return "<nil>"
	}
	s := "engineio: " + e.Message
	if e.Name != "" {
		s += " (" + e.Name + ")"
	}
	if e.Err != nil {
		if cause := calm.Text(e.Err); cause != e.Message {
			s += ": " + cause
		}
	}
	return s
}

func (e *ConnectionError) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// settle makes an error of the application one that can be asked. A nil pointer of ours is none:
// what returns one as an error means that. One that panics when it is asked gives way to its panic,
// which is logged.
func (s *Server) settle(from string, err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case *ConnectionError:
		if e == nil {
			return nil
		}
	case *Refusal:
		if e == nil {
			return nil
		}
	}
	err = calm.Error(err)
	if p, ok := err.(*calm.Panic); ok {
		logPanic(s.log, "the error of "+from, p)
	}
	return err
}

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
	e.Message, e.status, e.retry = "Server shutting down", http.StatusServiceUnavailable, time.Second
	return e
}

// printable reports whether a header's value holds no control characters. net/http lets none
// through; middleware and other HTTP servers may.
func printable(value string) bool {
	return !strings.ContainsFunc(value, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// tell passes a refusal on.
func (s *Server) tell(e *ConnectionError, r *http.Request) {
	e.Request = r
	s.log.Debug("request refused", "error", e)
	s.adviseRefusal(e, r)
	if s.opts.OnConnectionError != nil {
		s.protect("OnConnectionError", func() { s.opts.OnConnectionError(e) })
	}
}

// refuse answers a request that can't be served: JSON on polling, the plain message when the client
// asked for a WebSocket.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, upgrade bool, e *ConnectionError) {
	s.tell(e, r)
	hangUp(w, r)
	if seconds := math.Ceil(e.retry.Seconds()); seconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(seconds)))
	}
	if upgrade {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("Content-Length", strconv.Itoa(len(e.Message)))
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
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body)
}
